package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Limits;
import dev.seamark.service.ServerTls;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The port of Fluentd's forward protocol: on each event loop one TCP server, and one UDP socket
 * that answers heartbeats.
 */
public final class FluentDoor {
  /** Vert.x picks a free port for a negative one, the same for all instances of a verticle. */
  private static final int ANY_PORT = -3;

  /** Message, entries, entry, time and metadata around a value, with room to spare. */
  private static final int DEPTH_AROUND = 8;

  private final Vertx vertx;
  private final Intake intake;
  private final ReceiveConfig receive;
  private final FluentConfig config;
  private final int depthMax;
  private final ServerTls tls;
  private final FluentMetrics metrics;
  private final ChunkMemory chunks;
  private final SecureRandom random = new SecureRandom();
  private final SeldomLog log = new SeldomLog(LoggerFactory.getLogger(FluentDoor.class));
  private volatile @Nullable String deployment;
  private volatile @Nullable DatagramSocket heartbeats;
  private volatile int port;

  /** @param tls already read */
  public FluentDoor(
      Vertx vertx,
      Intake intake,
      ReceiveConfig receive,
      FluentConfig config,
      Limits limits,
      ServerTls tls,
      FluentMetrics metrics) {
    this.vertx = vertx;
    this.intake = intake;
    this.receive = receive;
    this.config = config;
    this.depthMax = limits.anyValueDepthMax() + DEPTH_AROUND;
    this.tls = tls;
    this.metrics = metrics;
    this.chunks =
        new ChunkMemory(config.chunkMemory(), config.chunksMax(), System::nanoTime, metrics);
    this.port = config.port();
  }

  /** Opens the port, unless the configuration says not to; fails where it is taken. */
  public Future<Void> open() {
    if (!config.enabled()) {
      return Future.succeededFuture();
    }
    int loops = receive.eventLoops() > 0
        ? receive.eventLoops()
        : Runtime.getRuntime().availableProcessors();
    return vertx
        .deployVerticle(Loop::new, new DeploymentOptions().setInstances(loops))
        .onSuccess(id -> deployment = id)
        .compose(_ -> answerHeartbeats());
  }

  /** Closes the port and every connection. */
  public Future<Void> close() {
    DatagramSocket udp = heartbeats;
    Future<Void> silent = udp == null ? Future.succeededFuture() : udp.close();
    String id = deployment;
    Future<Void> gone = id == null ? Future.succeededFuture() : vertx.undeploy(id);
    return Future.join(silent, gone).mapEmpty();
  }

  /** The port in use. */
  public int port() {
    return port;
  }

  private Future<Void> answerHeartbeats() {
    DatagramSocket udp = vertx.createDatagramSocket();
    heartbeats = udp;
    udp.handler(packet -> {
      metrics.heartbeat();
      udp.send(
          Buffer.buffer(new byte[1]), packet.sender().port(), packet.sender().host());
    });
    udp.exceptionHandler(_ -> {}); // somebody's heartbeat isn't answered: he will see
    return udp.listen(port, receive.bind()).mapEmpty();
  }

  private NetServerOptions options() {
    NetServerOptions options = new NetServerOptions()
        .setHost(receive.bind())
        .setPort(config.port() == 0 ? ANY_PORT : config.port())
        .setIdleTimeout((int) receive.idleTimeout().toSeconds())
        .setIdleTimeoutUnit(TimeUnit.SECONDS)
        .setSslHandshakeTimeout(receive.headDeadline().toMillis())
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    return tls.encrypt(options);
  }

  /** The server of one event loop. */
  private final class Loop extends VerticleBase {
    private final DecodeLane lane = intake.newLane();

    @Override
    public Future<?> start() {
      return vertx
          .createNetServer(options())
          .connectHandler(this::connected)
          .exceptionHandler(this::lostEarly)
          .listen()
          .map(tls::renew)
          .onSuccess(server -> port = server.actualPort());
    }

    private void connected(NetSocket socket) {
      if (!intake.connections().enter(receive.connectionsMax())) {
        intake.refusedConnection(Connections.tooMany(receive.connectionsMax()));
        metrics.hungUp(FluentMetrics.HungUp.LIMIT);
        socket.close();
        return;
      }
      metrics.opened();
      FluentConnection connection = new FluentConnection(
          vertx,
          socket,
          intake,
          lane,
          chunks,
          handshake(),
          receive,
          config,
          depthMax,
          metrics,
          log);
      connection.open(() -> {
        intake.connections().leave();
        metrics.closed();
      });
    }

    /** A connection that ended before it was known: other causes are resets and the like. */
    private void lostEarly(Throwable cause) {
      if (cause instanceof SslHandshakeTimeoutException) {
        metrics.hungUp(FluentMetrics.HungUp.SLOW);
        log.warn("hung up on a forward connection", "unknown", receive.slowHandshake());
      }
    }

    private @Nullable FluentHandshake handshake() {
      if (!config.handshakes()) {
        return null;
      }
      byte[] once = new byte[2 * FluentHandshake.NONCE_BYTES];
      random.nextBytes(once);
      return new FluentHandshake(
          config.selfHostname(), config.sharedKey(), config.passwords(), once);
    }
  }
}
