package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.tenant.Credentials;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.Scope;
import dev.seamark.tenant.Verdict;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(String... arguments) {
    CommandLine command = Main.commandLine(Map.of(), new PrintWriter(out), new PrintWriter(err));
    return command.execute(arguments);
  }

  @Test
  void helpNamesEveryCommand() {
    assertThat(execute("--help")).isZero();
    assertThat(out.toString())
        .contains(
            "standalone",
            "ingest",
            "writer",
            "query",
            "rules",
            "migrate",
            "backup",
            "restore",
            "replay",
            "keys");
  }

  @Test
  void everyCommandHasHelpWithItsOptions() {
    assertThat(execute("standalone", "--help")).isZero();
    assertThat(out.toString()).contains("--config", "--data", "--port-offset", "--demo");
    assertThat(execute("writer", "--help")).isZero();
    assertThat(out.toString()).contains("Moves rows from Kafka into ClickHouse.");
  }

  @Test
  void versionIsSaid() {
    assertThat(execute("--version")).isZero();
    assertThat(out.toString()).startsWith("seamark ");
  }

  @ParameterizedTest
  @CsvSource({
    "'sing', Unmatched argument",
    "'query --prot-offset 1', Unknown option",
    "'query --port-offset many', is not an int",
    "'migrate --data x', Unknown option"
  })
  void mistakesAreNamed(String line, String message) {
    assertThat(execute(line.split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void aConfigurationThatIsRefusedEndsTheCommandWithItsLine(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("seamark.yaml"), "query:\n  sql-prt: 1\n");

    assertThat(execute("migrate", "--config", file.toString())).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            "seamark: %s:2: unknown key sql-prt in query; the nearest known key is sql-port%n"
                .formatted(file));
  }

  @ParameterizedTest
  @CsvSource({
    "'ingest: {receive: {bind: 0.0.0.0}}'",
    "'query: {bind: example.com}'",
    "'rules: {bind: 10.1.2.3}'"
  })
  void withoutKeysOnlyLoopbackIsServed(String yaml, @TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("seamark.yaml"), yaml);

    assertThat(execute("query", "--config", file.toString())).isEqualTo(1);
    assertThat(err.toString())
        .contains("bind is ", "must be a loopback address", "without a keys file");
  }

  @Test
  void aNewKeyIsPrintedAndTheServicesKnowIt(@TempDir Path folder) throws Exception {
    assertThat(execute(
            "keys",
            "new",
            "--tenant",
            "shop",
            "--name",
            "shop-eu",
            "--scopes",
            "ingest,sql",
            "--clusters",
            "eu-1,2",
            "--region",
            "eu"))
        .isZero();

    String printed = out.toString();
    String secret = Pattern.compile("sm_\\S+")
        .matcher(printed)
        .results()
        .findFirst()
        .orElseThrow()
        .group();
    String entry = printed.substring(printed.indexOf("  shop-eu:"));
    assertThat(entry)
        .contains("scopes: [ingest, sql]", "clusters: [eu-1, '2']", "region: eu")
        .doesNotContain(secret);
    String yaml = "tenants: {shop: {}}\nkeys:\n" + entry;
    assertThat(KeyRing.parse("keys.yaml", yaml).judge(Credentials.ofSecret(secret), Scope.SQL))
        .isInstanceOf(Verdict.Admitted.class);

    Path file = Files.writeString(folder.resolve("keys.yaml"), yaml);
    assertThat(execute("keys", "check", file.toString())).isZero();
    assertThat(out.toString()).contains(file + ": 1 keys, nothing wrong");
  }

  @Test
  void aKeysFileThatIsWrongIsNamedWithItsLine(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("keys.yaml"), "tenants: {a: {}}\nkyes: {}\n");

    assertThat(execute("keys", "check", file.toString())).isEqualTo(1);
    assertThat(err.toString())
        .contains(file + ":2: unknown key kyes in the file; the nearest known key is keys");
    assertThat(execute("ingest", "--keys", file.toString())).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(2);
  }

  @Test
  void keysOfNoNameAndNoScopeAreNotMade() {
    assertThat(execute("keys", "new", "--tenant", "a b")).isEqualTo(1);
    assertThat(err.toString()).contains("tenant a b has a name that isn't");
    assertThat(execute("keys", "new", "--tenant", "a", "--scopes", "write")).isEqualTo(2);
    assertThat(err.toString()).contains("--scopes");
    assertThat(execute("keys", "new")).isEqualTo(2);
  }

  @Test
  void theWritersPortTakesNothingInAndMayBeAnywhere(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("seamark.yaml"), """
        writer: {host: 0.0.0.0}
        kafka: {bootstrap: ["127.0.0.1:1"], start-timeout: 1s}
        """);

    assertThat(execute("ingest", "--config", file.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("refused: Kafka can't be checked within 1000 ms");
  }

  @Test
  void theDefaultsAreAConfiguration(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(
        folder.resolve("seamark.yaml"), "kafka: {bootstrap: [\"127.0.0.1:1\"], start-timeout: 1s}");

    assertThat(execute("ingest", "--config", file.toString(), "--port-offset", "100"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("refused: Kafka can't be checked within 1000 ms");
  }
}
