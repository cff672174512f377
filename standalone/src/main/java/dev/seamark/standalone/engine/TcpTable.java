package dev.seamark.standalone.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The ports whose clients still hold their connection to this server, from the kernel's table. The
 * HTTP server can't tell before it writes, and a query may run for minutes until then.
 *
 * @see <a href="https://docs.kernel.org/networking/proc_net_tcp.html">proc_net_tcp</a>
 */
final class TcpTable {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"));
  private static final String ESTABLISHED = "01";

  private TcpTable() {}

  /** The remote ports of whole connections to {@code localPort}. */
  static Set<Integer> connectedPorts(int localPort) throws IOException {
    Set<Integer> ports = new HashSet<>();
    for (Path table : TABLES) {
      if (Files.exists(table)) {
        for (String line : Files.readAllLines(table)) {
          addPort(line.strip().split("\\s+"), localPort, ports);
        }
      }
    }
    return ports;
  }

  /** Fields: number, local address:port, remote address:port, state, ... in hexadecimal. */
  private static void addPort(String[] fields, int localPort, Set<Integer> ports) {
    if (fields.length > 3 && fields[3].equals(ESTABLISHED) && port(fields[1]) == localPort) {
      ports.add(port(fields[2]));
    }
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1), 16);
  }
}
