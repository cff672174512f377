package dev.seamark.rules;

import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.service.OpsRoutes;
import dev.seamark.service.OpsServer;
import dev.seamark.service.Part;
import dev.seamark.service.ServerTls;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.Reach;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Supplier;

/** The rules service. It answers the operator's endpoints; it evaluates no rules yet. */
public final class RulesService implements Part {
  private final RulesConfig config;
  private final Supplier<KeyRing> keys;
  private final ServerTls tls;
  private final OpsServer ops;

  public RulesService(
      Vertx vertx, RulesConfig config, Supplier<KeyRing> keys, Metrics metrics, Health health) {
    this.config = config;
    this.keys = keys;
    var routes = new OpsRoutes(metrics, health);
    tls = new ServerTls("rules", vertx, config.tls(), metrics);
    ops = new OpsServer("rules ops", vertx, config.bind(), config.httpPort(), routes, tls);
  }

  @Override
  public String name() {
    return "rules";
  }

  @Override
  public void start() throws Exception {
    Reach.require(keys.get(), "rules", config.bind(), config.tls(), "silence alerts");
    tls.start();
    ops.start();
  }

  @Override
  public void stop(Duration within) throws Exception {
    tls.stop();
    ops.stop(within);
  }
}
