package dev.seamark.clickhouse;

import dev.seamark.block.Block;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the check at start found about a ClickHouse: refusals, with which no service could work, and
 * warnings, which an operator should know and may accept.
 */
public record ClickHouseVerdict(List<String> refusals, List<String> warnings, List<String> facts) {
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

  /** 25.8 is the oldest release that has all the statements, types and functions in use. */
  private static final int YEAR_MIN = 25;

  private static final int RELEASE_MIN = 8;

  /**
   * Half of the shortest lease an insert is given: beyond it, clocks that disagree refuse inserts.
   */
  private static final Duration SKEW_MAX = Duration.ofSeconds(10);

  private static final int UNKNOWN_DATABASE = 81;

  public ClickHouseVerdict {
    refusals = List.copyOf(refusals);
    warnings = List.copyOf(warnings);
    facts = List.copyOf(facts);
  }

  /** Whether a service may start on it. */
  public boolean acceptable() {
    return refusals.isEmpty();
  }

  /** One line a finding, for the log and the terminal. */
  public String text() {
    return Stream.of(
            facts.stream(),
            refusals.stream().map(each -> "refused: " + each),
            warnings.stream().map(each -> "warning: " + each))
        .flatMap(each -> each)
        .reduce((one, other) -> one + "\n" + other)
        .orElse("");
  }

  /**
   * Looks at every address: is it there, how old is it, what is its clock, does the database exist,
   * what may the user do. Never throws for what a ClickHouse answers or doesn't: that is a finding.
   */
  public static ClickHouseVerdict check(ClickHouse clickHouse) {
    Check check = new Check(clickHouse.database());
    for (Server server : clickHouse.servers()) {
      check.look(server);
    }
    if (check.reached == 0) {
      check.refusals.add("no ClickHouse answers at any of its addresses (clickhouse.addresses)");
    }
    return new ClickHouseVerdict(check.refusals, check.warnings, check.facts);
  }

  private static final class Check {
    final String database;
    final List<String> refusals = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();
    final List<String> facts = new ArrayList<>();
    int reached;

    Check(String database) {
      this.database = database;
    }

    void look(Server server) {
      String version;
      Duration skew;
      try {
        version = text(server, "SELECT version() AS Text");
        skew = server.clockSkew();
      } catch (ClickHouseException e) {
        // an address that is away may come back; a wrong password doesn't mend itself
        (e.retryable() ? warnings : refusals).add(e.getMessage());
        return;
      }
      reached++;
      facts.add("ClickHouse %s: version %s, clock %+d ms"
          .formatted(server.address(), version, skew.toMillis()));
      checkVersion(server, version);
      if (skew.abs().compareTo(SKEW_MAX) > 0) {
        warnings.add("the clock of %s is %d s off from this machine's: let both follow NTP"
            .formatted(server.address(), skew.toSeconds()));
      }
      checkTimeZone(server);
      checkDatabase(server);
      checkUser(server);
    }

    /** Not refused: somebody else's server may have to keep its zone, and no row is lost by it. */
    private void checkTimeZone(Server server) {
      try {
        String zone = text(server, "SELECT toString(serverTimezone()) AS Text");
        if (!ZoneId.of(zone).normalized().equals(ZoneOffset.UTC)) {
          warnings.add(
              "the time zone of %s is %s: days of partitions and of retention begin by it, but a Day of series is one of UTC; set <timezone>UTC</timezone> where you can"
                  .formatted(server.address(), zone));
        }
      } catch (ClickHouseException | DateTimeException e) {
        facts.add("%s: its time zone isn't known".formatted(server.address()));
      }
    }

    private void checkVersion(Server server, String version) {
      Matcher parts = VERSION.matcher(version);
      if (!parts.matches()) {
        warnings.add("%s has a version of unknown form".formatted(server.address()));
        return;
      }
      int year = Integer.parseInt(parts.group(1));
      int release = Integer.parseInt(parts.group(2));
      if (year < YEAR_MIN || (year == YEAR_MIN && release < RELEASE_MIN)) {
        refusals.add("%s is ClickHouse %s, at least %d.%d is needed"
            .formatted(server.address(), version, YEAR_MIN, RELEASE_MIN));
      }
    }

    private void checkDatabase(Server server) {
      try {
        server.query(database, "SELECT 1", Map.of(), Map.of());
      } catch (ClickHouseException e) {
        if (e.code() == UNKNOWN_DATABASE) {
          warnings.add("%s has no database %s yet: migrations make it"
              .formatted(server.address(), database));
        } else {
          (e.retryable() ? warnings : refusals).add(e.getMessage());
        }
      }
    }

    private void checkUser(Server server) {
      try {
        if (!text(server, "SELECT toString(getSetting('readonly')) AS Text").equals("0")) {
          warnings.add(
              "the user at %s may only read: enough for queries, not for a writer or migrations"
                  .formatted(server.address()));
        }
        facts.add("%s: %s".formatted(server.address(), text(server, """
                        SELECT concat('user ', currentUser(), ' may ',
                            arrayStringConcat(arraySort(groupUniqArray(toString(access_type))), ', ')) AS Text
                        FROM system.grants
                        WHERE user_name = currentUser()""")));
      } catch (ClickHouseException e) {
        facts.add("%s: grants are not visible to this user".formatted(server.address()));
      }
    }

    private static String text(Server server, String sql) {
      List<Block> answer = server.query("default", sql, Map.of(), Map.of());
      return new Texts(answer.getFirst().column("Text")).at(0);
    }
  }
}
