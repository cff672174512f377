package dev.seamark.standalone;

import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.NewKey;
import dev.seamark.tenant.Scope;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code seamark keys new}. */
@Command(
    description = "Makes a key: prints its secret, this once, and its entry for the keys file.",
    mixinStandardHelpOptions = true)
final class NewKeyCommand implements Callable<Integer> {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9._-]*");

  private final Foreground foreground;
  private final SecureRandom random;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--tenant",
      required = true,
      paramLabel = "TENANT",
      description = "Whose telemetry it is; a tenant of the keys file.")
  private String tenant = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What logs and refusals call the key (default: the tenant's name).")
  private @Nullable String name;

  @Option(
      names = "--scopes",
      split = ",",
      defaultValue = "ingest",
      paramLabel = "SCOPE",
      description = "What the key is for: ingest, query, sql, admin (default: ingest).")
  private List<Scope> scopes = List.of();

  @Option(
      names = "--clusters",
      split = ",",
      paramLabel = "CLUSTER",
      description = "The clusters whose telemetry it may send (default: all).")
  private List<String> clusters = List.of();

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "The only region whose ingesters take it (default: all).")
  private @Nullable String region;

  NewKeyCommand(Foreground foreground, SecureRandom random) {
    this.foreground = foreground;
    this.random = random;
  }

  @Override
  public Integer call() {
    return foreground.once(this::print);
  }

  private void print() {
    NewKey key = NewKey.from(random);
    String entry = entry(key.hash());
    // what is printed can be pasted: it is read as the services would read it
    KeyRing.parse("new key", "tenants: {%s: {}}%nkeys:%n%s".formatted(text(tenant), entry));
    PrintWriter out = spec.commandLine().getOut();
    out.printf("The secret, shown this once:%n%n  %s%n%n", key.secret().reveal());
    out.printf("Its entry, for the section keys of the keys file:%n%n%s", entry);
    out.flush();
  }

  private String entry(String hash) {
    var yaml = new StringBuilder();
    yaml.append("  %s:%n".formatted(text(name == null ? tenant : name)));
    yaml.append("    hash: %s%n".formatted(hash));
    yaml.append("    tenant: %s%n".formatted(text(tenant)));
    yaml.append("    scopes: %s%n".formatted(list(scopes.stream().map(Scope::text))));
    if (!clusters.isEmpty()) {
      yaml.append("    clusters: %s%n".formatted(list(clusters.stream())));
    }
    if (region != null) {
      yaml.append("    region: %s%n".formatted(text(region)));
    }
    return yaml.toString();
  }

  private static String list(Stream<String> texts) {
    return texts.map(NewKeyCommand::text).collect(Collectors.joining(", ", "[", "]"));
  }

  /** As YAML writes it. */
  private static String text(String text) {
    return PLAIN.matcher(text).matches() && !text.equalsIgnoreCase("null")
        ? text
        : "'" + text.replace("'", "''") + "'";
  }
}
