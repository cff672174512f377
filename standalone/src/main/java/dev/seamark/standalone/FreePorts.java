package dev.seamark.standalone;

import dev.seamark.service.Part;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * The look at the ports before children start on them: a foreign server there must not be taken for
 * a child of ours.
 *
 * @param users who will listen, by port
 */
record FreePorts(Map<Integer, String> users) implements Part {
  private static final int PORT_MAX = 65_535;

  FreePorts {
    users = new TreeMap<>(users);
  }

  @Override
  public String name() {
    return "free ports";
  }

  @Override
  public void start() throws IOException, Refused {
    for (Map.Entry<Integer, String> each : users.entrySet()) {
      if (each.getKey() > PORT_MAX) {
        throw new Refused("%d, for the %s, is no port any more; choose a smaller --port-offset"
            .formatted(each.getKey(), each.getValue()));
      }
      try (var socket = new ServerSocket()) {
        socket.setReuseAddress(true); // as the servers themselves do
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), each.getKey()));
      } catch (IOException e) {
        throw new IOException(
            "port %d, for the %s, is taken (%s); --port-offset moves all ports"
                .formatted(each.getKey(), each.getValue(), e.getMessage()),
            e);
      }
    }
  }

  @Override
  public void stop(Duration within) {
    // nothing is held
  }
}
