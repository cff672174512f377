package dev.seamark.rules;

import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.service.OpsRoutes;
import dev.seamark.service.OpsServer;
import dev.seamark.service.Part;
import io.vertx.core.Vertx;
import java.time.Duration;

/** The rules service. It answers the operator's endpoints; it evaluates no rules yet. */
public final class RulesService implements Part {
  private final OpsServer ops;

  public RulesService(Vertx vertx, RulesConfig config, Metrics metrics, Health health) {
    ops = new OpsServer(
        "rules ops", vertx, config.bind(), config.httpPort(), new OpsRoutes(metrics, health));
  }

  @Override
  public String name() {
    return "rules";
  }

  @Override
  public void start() throws Exception {
    ops.start();
  }

  @Override
  public void stop(Duration within) throws Exception {
    ops.stop(within);
  }
}
