package dev.seamark.standalone;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code seamark} command. Only here the environment is read and the process ended. */
@Command(
    name = "seamark",
    description = "Logs, metrics and traces of a fleet of Kubernetes clusters, in ClickHouse.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(commandLine(System.getenv(), out, err).execute(arguments));
  }

  static CommandLine commandLine(
      Map<String, String> environment, PrintWriter out, PrintWriter err) {
    var foreground = new Foreground(out, err);
    var command = new CommandLine(new Main())
        .addSubcommand("standalone", new StandaloneCommand(foreground, environment))
        .addSubcommand("migrate", new MigrateCommand(foreground, environment))
        .addSubcommand("backup", new BackupCommand(foreground, environment))
        .addSubcommand("restore", new RestoreCommand(foreground, environment))
        .addSubcommand("delete", new DeleteCommand(foreground, environment))
        .addSubcommand("replay", new ReplayCommand(foreground, environment))
        .addSubcommand(
            "keys",
            new CommandLine(new KeysCommand())
                .addSubcommand("new", newKey(foreground))
                .addSubcommand("check", new CheckKeysCommand(foreground)));
    service(
        command,
        "ingest",
        "Takes OTLP in and puts it into Kafka.",
        new ServiceCommand(foreground, environment, Services::ingest));
    service(
        command,
        "writer",
        "Moves rows from Kafka into ClickHouse.",
        new ServiceCommand(foreground, environment, Services::writer));
    service(
        command,
        "query",
        "Answers SQL.",
        new ServiceCommand(foreground, environment, Services::query));
    service(
        command,
        "rules",
        "Answers its operator.",
        new ServiceCommand(foreground, environment, Services::rules));
    return command.setOut(out).setErr(err);
  }

  private static CommandLine newKey(Foreground foreground) {
    return new CommandLine(new NewKeyCommand(foreground, new SecureRandom()))
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static void service(
      CommandLine command, String name, String description, ServiceCommand service) {
    var subcommand = new CommandLine(service);
    subcommand.getCommandSpec().usageMessage().description(description);
    command.addSubcommand(name, subcommand);
  }
}
