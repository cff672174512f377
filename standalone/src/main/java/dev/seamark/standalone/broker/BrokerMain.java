package dev.seamark.standalone.broker;

import dev.seamark.standalone.process.Lifeline;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * The broker's process: broker and controller in one JVM on loopback. Formats its folder at the
 * first start; ends in order on SIGTERM, and when its parent is gone.
 *
 * <p>Arguments: folder, broker port, controller port. Writes its process id into {@code ready} in
 * the folder once it takes requests.
 */
public final class BrokerMain {
  private BrokerMain() {}

  public static void main(String[] arguments) throws Exception {
    var settings = new BrokerSettings(
        Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    Lifeline.hold(System.in, () -> System.exit(0));
    format(settings.folder());
    KafkaConfig config = KafkaConfig.fromProps(settings.toProperties(), false);
    var server = new KafkaRaftServer(config, Time.SYSTEM);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "shutdown"));
    server.startup();
    Files.writeString(
        settings.readyFile(), Long.toString(ProcessHandle.current().pid()));
    server.awaitShutdown();
  }

  static void format(Path folder) throws Exception {
    if (Files.exists(folder.resolve("meta.properties"))) {
      return;
    }
    Files.createDirectories(folder);
    new Formatter()
        .setPrintStream(new PrintStream(OutputStream.nullOutputStream()))
        .setNodeId(BrokerSettings.NODE)
        .setClusterId(Uuid.randomUuid().toString())
        .addDirectory(folder.toString())
        .setMetadataLogDirectory(folder.toString())
        .setControllerListenerName(BrokerSettings.CONTROLLER)
        .setReleaseVersion(MetadataVersion.latestProduction())
        .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
        .setIgnoreFormatted(true)
        .run();
  }
}
