package dev.seamark.standalone.fault;

import dev.seamark.standalone.fault.Fault.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP proxy on loopback that treats its connections badly. A connection keeps the fault that it
 * was made under; {@link #set} and {@link #next} break off all that exist, so that what comes next
 * meets the new one. Thread-safe.
 */
final class FaultProxy implements AutoCloseable {
  private static final int PIECE = 16 << 10;

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<Fault> once = new ConcurrentLinkedQueue<>();
  private final AtomicLong met = new AtomicLong();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Fault standing = new Fault.None();

  /** @param target port on loopback that it connects to */
  FaultProxy(int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
  }

  void start() {
    Thread.ofVirtual().name("fault-proxy-" + port()).start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** All connections from now on meet this. */
  void set(Fault fault) {
    once.clear();
    standing = fault;
    cut();
  }

  /** The next connection meets this, and those after it none. */
  void next(Fault fault) {
    standing = new Fault.None();
    once.add(fault);
    cut();
  }

  /** How many connections met a fault so far. */
  long met() {
    return met.get();
  }

  /** Breaks off what is open. */
  private void cut() {
    sockets.forEach(FaultProxy::reset);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var client = listener.accept();
        var fault = once.isEmpty() ? standing : once.remove();
        sockets.add(client);
        Thread.ofVirtual().start(() -> serve(client, fault));
      } catch (IOException e) {
        if (!listener.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void serve(Socket client, Fault fault) {
    if (!(fault instanceof Fault.None)) {
      met.incrementAndGet();
    }
    try {
      switch (fault) {
        case Fault.Refuse _ -> reset(client);
        case Fault.Answer answer -> refuse(client, answer);
        case Fault.Late late -> deliverLate(client, late.by());
        case Fault.None _,
            Fault.Delay _,
            Fault.ResetAfter _,
            Fault.HalfOpen _,
            Fault.SwallowReplies _ -> connect(client, fault);
      }
    } catch (IOException _) {
      reset(client); // one of the two ends is gone; so is the other
    } finally {
      sockets.remove(client);
    }
  }

  private void connect(Socket client, Fault fault) throws IOException {
    try (var server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      sockets.add(server);
      var back = Thread.ofVirtual().start(() -> pump(server, client, fault, Direction.TO_CLIENT));
      pump(client, server, fault, Direction.TO_SERVER);
      back.join();
      sockets.remove(server);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void pump(Socket from, Socket to, Fault fault, Direction direction) {
    var piece = new byte[PIECE];
    var passed = 0L;
    try {
      var in = from.getInputStream();
      var out = to.getOutputStream();
      for (var n = in.read(piece); n >= 0; n = in.read(piece)) {
        var passes = passes(fault, direction, passed, n);
        out.write(piece, 0, passes);
        passed += n;
        if (passes < n) {
          stall(from, to, fault);
        }
      }
      to.shutdownOutput();
    } catch (IOException _) {
      reset(from);
      reset(to);
    }
  }

  /** How many of the next bytes pass. */
  private int passes(Fault fault, Direction direction, long passed, int n) throws IOException {
    return switch (fault) {
      case Fault.Delay delay -> {
        pause(delay.each());
        yield n;
      }
      case Fault.ResetAfter reset ->
        reset.direction() == direction ? Math.clamp(reset.bytes() - passed, 0, n) : n;
      case Fault.HalfOpen open -> {
        var room = direction == Direction.TO_SERVER ? open.bytes() - passed : 0;
        yield Math.clamp(room, 0, n);
      }
      case Fault.SwallowReplies _ -> direction == Direction.TO_SERVER ? n : 0;
      case Fault.None _, Fault.Refuse _, Fault.Late _, Fault.Answer _ -> n;
    };
  }

  /** Not all has passed: the connection ends, or hangs until somebody gives it up. */
  private void stall(Socket from, Socket to, Fault fault) throws IOException {
    if (fault instanceof Fault.ResetAfter) {
      reset(from);
      reset(to);
    } else {
      from.getInputStream().transferTo(OutputStream.nullOutputStream());
    }
  }

  private static void refuse(Socket client, Fault.Answer answer) throws IOException {
    var text = "Code: %d. %s (version 26.7.2.1)\n".formatted(answer.code(), answer.text());
    var body = text.getBytes(StandardCharsets.UTF_8);
    var head = """
        HTTP/1.1 %d Refused\r
        X-ClickHouse-Exception-Code: %d\r
        Content-Type: text/plain; charset=UTF-8\r
        Content-Length: %d\r
        \r
        """.formatted(answer.status(), answer.code(), body.length);
    try (client) {
      while (HttpRequestBytes.read(client.getInputStream()).length > 0) {
        var out = client.getOutputStream();
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(body);
        out.flush();
      }
    }
  }

  private void deliverLate(Socket client, Duration by) throws IOException {
    var request = HttpRequestBytes.read(client.getInputStream());
    reset(client);
    pause(by);
    try (var server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      OutputStream out = server.getOutputStream();
      out.write(request);
      out.flush();
      InputStream answer = server.getInputStream();
      answer.read(); // its first byte says that the server has done with it
    }
  }

  private void pause(Duration time) throws IOException {
    try {
      if (closed.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new SocketException("the proxy was closed");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException _) {
      // it is closed already
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    listener.close();
    cut();
  }
}
