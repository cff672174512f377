package dev.seamark.standalone;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.clickhouse.ClickHouseVerdict;
import dev.seamark.service.Part;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process's way to ClickHouse: looked at when it starts, closed after all who use it. */
record OpenClickHouse(ClickHouse clickHouse) implements Part {
  private static final Logger log = LoggerFactory.getLogger(OpenClickHouse.class);

  static OpenClickHouse of(ClickHouseConfig config) {
    return new OpenClickHouse(new ClickHouse(config));
  }

  @Override
  public String name() {
    return "ClickHouse check";
  }

  @Override
  public void start() throws Refused {
    ClickHouseVerdict verdict = ClickHouseVerdict.check(clickHouse);
    if (!verdict.acceptable()) {
      throw new Refused("ClickHouse:\n" + verdict.text());
    }
    verdict.warnings().forEach(each -> log.warn("ClickHouse: {}", each));
  }

  @Override
  public void stop(Duration within) {
    clickHouse.close();
  }
}
