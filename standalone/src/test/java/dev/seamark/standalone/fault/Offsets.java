package dev.seamark.standalone.fault;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

/** Port offsets under which a service finds all of its ports free. */
final class Offsets {
  private static final List<Integer> PORTS = List.of(4317, 4318, 8080, 8123, 9093, 9095, 24224);
  private static final int FIRST = 5_000;
  private static final int END = 15_000;
  private static final int STEP = 50;
  private static int last = FIRST + (int) (ProcessHandle.current().pid() % 100) * STEP;

  private Offsets() {}

  static synchronized int next() {
    do {
      last = last + STEP < END ? last + STEP : FIRST;
    } while (!PORTS.stream().allMatch(port -> isFree(port + last)));
    return last;
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException _) {
      return false;
    }
  }
}
