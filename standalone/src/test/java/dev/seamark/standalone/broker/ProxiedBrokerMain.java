package dev.seamark.standalone.broker;

import dev.seamark.standalone.process.JavaCommand;
import dev.seamark.standalone.process.Lifeline;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;

/**
 * The embedded broker with two more listeners, each of which tells its clients to come to another
 * port: the one of a proxy.
 */
public final class ProxiedBrokerMain {
  private ProxiedBrokerMain() {}

  /**
   * The command of its process.
   *
   * @param folder the broker's own
   * @param port for those who come directly
   * @param behind ports that only proxies connect to
   * @param proxies the proxies' ports, one for each of {@code behind}
   */
  public static List<String> command(
      Path folder, int port, int controllerPort, List<Integer> behind, List<Integer> proxies) {
    return JavaCommand.of(
        ProxiedBrokerMain.class,
        List.of("-Xmx320m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        List.of(
            folder.toString(),
            Integer.toString(port),
            Integer.toString(controllerPort),
            Integer.toString(behind.get(0)),
            Integer.toString(proxies.get(0)),
            Integer.toString(behind.get(1)),
            Integer.toString(proxies.get(1))));
  }

  /** Holds the process id of a broker that takes requests. */
  public static Path readyFile(Path folder) {
    return new BrokerSettings(folder, 0, 0).readyFile();
  }

  public static void main(String[] arguments) throws Exception {
    var settings = new BrokerSettings(
        Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    Lifeline.hold(System.in, () -> System.exit(0));
    BrokerMain.format(settings.folder());
    var properties = settings.toProperties();
    properties.merge(
        "listeners",
        ",P0://127.0.0.1:%s,P1://127.0.0.1:%s".formatted(arguments[3], arguments[5]),
        ProxiedBrokerMain::joined);
    properties.merge(
        "advertised.listeners",
        ",P0://127.0.0.1:%s,P1://127.0.0.1:%s".formatted(arguments[4], arguments[6]),
        ProxiedBrokerMain::joined);
    properties.merge(
        "listener.security.protocol.map", ",P0:PLAINTEXT,P1:PLAINTEXT", ProxiedBrokerMain::joined);
    var server = new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "shutdown"));
    server.startup();
    Files.writeString(
        settings.readyFile(), Long.toString(ProcessHandle.current().pid()));
    server.awaitShutdown();
  }

  private static Object joined(Object text, Object more) {
    return text + more.toString();
  }
}
