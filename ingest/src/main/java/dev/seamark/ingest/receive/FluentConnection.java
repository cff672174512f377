package dev.seamark.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.decode.FluentFrames;
import dev.seamark.ingest.decode.FluentMessage;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.MsgpackReader;
import dev.seamark.ingest.decode.Signal;
import dev.seamark.service.Secret;
import dev.seamark.tenant.Credentials;
import dev.seamark.tenant.Sender;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A connection of the forward protocol: greets where that is asked for, cuts what comes into
 * messages, hands them to the {@link Intake}, and acknowledges each chunk once all of it is stored.
 *
 * <p>Memory is reserved before bytes are kept. Where there is none the connection isn't read from
 * until there is, and neither while more is unacknowledged than it may have; so a sender that is
 * too fast is slowed down by TCP. A refusal is told by hanging up, since the protocol has no word
 * for it: what is under way is finished and acknowledged, the refused chunk isn't, and its sender
 * sends it again. Runs on its event loop.
 */
final class FluentConnection {
  /** How soon memory is asked for again. */
  private static final long ROOM_MS = 50;

  private static final int HANDSHAKE_BYTES_MAX = 8 * 1024;

  /** Messages without a chunk are taken in together up to so many bytes. */
  private static final int BATCH_BYTES_MAX = 256 * 1024;

  private static final int BATCHED_BYTES_MAX = 64 * 1024;
  private static final int NIL = 0xC0;
  private static final byte[] NOTHING = {};

  private final Vertx vertx;
  private final Context loop;
  private final NetSocket socket;
  private final Intake intake;
  private final DecodeLane lane;
  private final ChunkMemory chunks;
  private final FluentMetrics metrics;
  private final SeldomLog log;
  private final int bodyBytesMax;
  private final int unacknowledgedBytesMax;
  private final long deadlineMs;
  private final String peer;
  private final FluentFrames frames;
  private final MsgpackReader wire = new MsgpackReader();
  private final Budget.Lease kept;

  private @Nullable FluentHandshake handshake; // null when it is done or nobody asks for it
  private Credentials credentials;
  private byte[] batch = NOTHING;
  private int batchBytes;
  private long messages;
  private long unacknowledgedBytes;
  private int underway;
  private @Nullable Buffer waiting; // came when there was no memory for it
  private boolean starved;
  private boolean ending;
  private boolean closed;
  private long timer = -1;

  /**
   * @param lane of this event loop
   * @param handshake null where nobody asks for one
   * @param depthMax of what a message nests
   */
  FluentConnection(
      Vertx vertx,
      NetSocket socket,
      Intake intake,
      DecodeLane lane,
      ChunkMemory chunks,
      @Nullable FluentHandshake handshake,
      ReceiveConfig receive,
      FluentConfig config,
      int depthMax,
      FluentMetrics metrics,
      SeldomLog log) {
    this.vertx = vertx;
    this.loop = vertx.getOrCreateContext();
    this.socket = socket;
    this.intake = intake;
    this.lane = lane;
    this.chunks = chunks;
    this.handshake = handshake;
    this.metrics = metrics;
    this.log = log;
    this.bodyBytesMax = intake.bodyBytesMax();
    this.unacknowledgedBytesMax = config.unacknowledgedBytesMax();
    this.deadlineMs = receive.bodyDeadline().toMillis();
    this.peer = String.valueOf(socket.remoteAddress().hostAddress());
    this.credentials = new Credentials(null, null, Admission.subject(socket.sslSession()));
    this.frames =
        new FluentFrames(handshake == null ? bodyBytesMax : HANDSHAKE_BYTES_MAX, depthMax);
    this.kept = intake.lease();
  }

  /** Starts to read, and greets; runs {@code afterwards} when the connection has ended. */
  void open(Runnable afterwards) {
    socket.handler(this::take);
    socket.exceptionHandler(_ -> {}); // a close follows
    socket.closeHandler(_ -> {
      closed();
      afterwards.run();
    });
    if (handshake != null) {
      socket.write(Buffer.buffer(handshake.helo()));
      watch();
      return;
    }
    try {
      enter();
    } catch (Refusal refusal) {
      hangUp(
          refusal.retryAfter() == null
              ? FluentMetrics.HungUp.UNAUTHENTICATED
              : FluentMetrics.HungUp.REFUSED,
          refusal.text());
      settle();
    }
  }

  /**
   * Lets the sender in before a message of it is read: memory is reserved as a message's head asks
   * for it, so it must be that of the sender's tenant, and a stranger must get none.
   */
  private void enter() throws Refusal {
    Sender sender = intake.admit(credentials);
    kept.holdFor(sender.tenant(), sender.limits().weight());
  }

  private void closed() {
    closed = true;
    ending = true;
    waiting = null;
    kept.close();
    unwatch();
    batch = NOTHING;
  }

  private void take(Buffer piece) {
    if (ending) {
      return;
    }
    if (!keep((long) frames.held() + piece.length())) {
      waiting = piece;
      waitForRoom(System.nanoTime());
      return;
    }
    int at = frames.reserve(piece.length());
    piece.getBytes(0, piece.length(), frames.bytes(), at);
    frames.added(piece.length());
    read();
  }

  /** Cuts off and hands on what is whole. */
  private void read() {
    try {
      while (!ending && frames.next()) {
        messages++;
        readMessage();
      }
      flush();
    } catch (Malformed malformed) {
      flush(); // the messages before were sound
      hangUp(FluentMetrics.HungUp.MALFORMED, String.valueOf(malformed.getMessage()));
    }
    settle();
  }

  private void readMessage() throws Malformed {
    byte[] bytes = frames.bytes();
    int from = frames.from();
    int length = frames.to() - from;
    if (length == 1 && (bytes[from] & 0xFF) == NIL) {
      metrics.heartbeat();
      return;
    }
    if (handshake != null) {
      shake(handshake, bytes, from, frames.to());
      return;
    }
    FluentMessage message = FluentMessage.of(frames, wire);
    boolean plain = message.compression() == FluentMessage.Compression.NONE;
    if (plain && !message.hasChunk() && length <= BATCHED_BYTES_MAX) {
      addToBatch(bytes, from, length);
    } else {
      flush();
      submit(load(message, frames.take(), length));
    }
  }

  private void shake(FluentHandshake with, byte[] bytes, int from, int to) throws Malformed {
    FluentHandshake.Verdict verdict = with.judge(bytes, from, to);
    if (verdict instanceof FluentHandshake.Verdict.Welcome(var _, Secret password)) {
      credentials = password.isEmpty() ? credentials : Credentials.ofSecret(password.reveal());
      try {
        enter();
      } catch (Refusal refusal) {
        verdict = with.refused(refusal.text());
      }
    }
    socket.write(Buffer.buffer(verdict.pong()));
    switch (verdict) {
      case FluentHandshake.Verdict.Welcome _ -> {
        handshake = null;
        frames.limit(bodyBytesMax);
      }
      case FluentHandshake.Verdict.Stranger(var _, String reason) ->
        hangUp(FluentMetrics.HungUp.UNAUTHENTICATED, reason);
    }
  }

  private void addToBatch(byte[] bytes, int from, int length) {
    if (batchBytes + length > BATCH_BYTES_MAX) {
      flush();
    }
    if (batch.length < batchBytes + length) {
      batch = Arrays.copyOf(batch, Math.max(batchBytes + length, 2 * batch.length));
    }
    System.arraycopy(bytes, from, batch, batchBytes, length);
    batchBytes += length;
  }

  private void flush() {
    if (batchBytes == 0) {
      return;
    }
    byte[] bytes = batch;
    int length = batchBytes;
    batch = NOTHING;
    batchBytes = 0;
    submit(new Load(bytes, 0, length, Encoding.IDENTITY, null, null, null));
  }

  /** @param bytes hold the message from 0 to {@code length} */
  private Load load(FluentMessage message, byte[] bytes, int length) {
    byte[] ack = null;
    byte[] id = null;
    if (message.hasChunk()) {
      ack = FluentReply.ack(bytes, message.chunkFrom(), message.chunkTo());
      id = digest(message, bytes);
    }
    return switch (message.compression()) {
      case NONE -> new Load(bytes, 0, length, Encoding.IDENTITY, null, id, ack);
      case GZIP -> packed(message, bytes, Encoding.GZIP, id, ack);
      case ZSTD -> packed(message, bytes, Encoding.ZSTD, id, ack);
    };
  }

  /** The compressed entries, which don't say their tag themselves. */
  private static Load packed(
      FluentMessage message,
      byte[] bytes,
      Encoding encoding,
      byte @Nullable [] id,
      byte @Nullable [] ack) {
    int tagBytes = message.tagTo() - message.tagFrom();
    String tag = new String(bytes, message.tagFrom(), tagBytes, UTF_8);
    return new Load(bytes, message.dataFrom(), message.dataTo(), encoding, tag, id, ack);
  }

  /** What makes a chunk the same one: it comes from the same address with the same tag and id. */
  private byte[] digest(FluentMessage message, byte[] bytes) {
    MessageDigest sha;
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
    sha.update(peer.getBytes(UTF_8));
    sha.update((byte) 0xFF); // no byte of UTF-8: ends the address
    sha.update(bytes, message.tagFrom(), message.tagTo() - message.tagFrom());
    sha.update(bytes, message.chunkFrom(), message.chunkTo() - message.chunkFrom());
    return sha.digest();
  }

  private void submit(Load load) {
    Request request = new Request(load);
    Future<Outcome> outcome;
    try {
      Sender sender = intake.admit(credentials);
      request.hold(sender);
      Arrival arrival = load.arrival(sender);
      outcome = load.id == null
          ? accept(arrival, request)
          : chunks.once(
              ChunkMemory.Chunk.of(sender.tenant(), load.id), () -> accept(arrival, request));
    } catch (Refusal refusal) {
      outcome = Future.failedFuture(refusal);
    }
    outcome.onComplete(
        answer -> loop.runOnContext(_ -> answered(request, answer)),
        failure -> loop.runOnContext(_ -> answered(request, refused(failure))));
  }

  private Future<Outcome> accept(Arrival arrival, Request request) {
    // in a composition a bug becomes a failure, and the sender isn't left waiting
    return Future.succeededFuture().compose(_ -> intake.accept(arrival, request.lease, lane));
  }

  private static Outcome refused(Throwable failure) {
    return failure instanceof Refusal refusal ? Outcome.Refused.of(refusal) : Intake.bug(failure);
  }

  private void answered(Request request, Outcome outcome) {
    request.end(outcome);
    switch (outcome) {
      case Outcome.Stored(var decoded) -> {
        if (request.ack != null && !closed) {
          metrics.acknowledged();
          socket.write(Buffer.buffer(request.ack));
        }
        if (decoded.rejected() > 0) {
          log.warn(decoded.rejected() + " records left out", peer, decoded.message());
        }
      }
      case Outcome.Refused(Reason reason, String message, var _) ->
        hangUp(FluentMetrics.HungUp.REFUSED, reason.label() + ": " + message);
    }
    settle();
  }

  /** Reads no more; ends the connection when what is under way is done. */
  private void hangUp(FluentMetrics.HungUp why, String message) {
    if (!ending) {
      ending = true;
      metrics.hungUp(why);
      log.warn("hung up on a forward connection", peer, message);
    }
  }

  /** Brings reservation, deadline and the flow of bytes in line with what has come. */
  private void settle() {
    if (closed) {
      return;
    }
    if (ending) {
      unwatch();
      socket.pause();
      if (underway == 0) {
        socket.close();
      }
      return;
    }
    if (waiting == null && !starved && !keep(needed())) {
      waitForRoom(System.nanoTime());
    }
    if (frames.isMidway() || handshake != null) {
      watch();
    } else {
      unwatch();
    }
    if (starved || isFull()) {
      socket.pause();
    } else {
      socket.resume();
    }
  }

  private boolean isFull() {
    return unacknowledgedBytes >= unacknowledgedBytesMax;
  }

  private long needed() {
    return frames.isMidway() ? Math.max(frames.held(), frames.needed()) : frames.held();
  }

  /** Makes the reservation so large; false, and nothing changed, where the budget lacks room. */
  private boolean keep(long bytes) {
    long more = bytes - kept.bytes();
    if (more > 0) {
      return kept.tryGrow(more);
    }
    kept.shrink(-more);
    return true;
  }

  private void waitForRoom(long sinceNanos) {
    starved = true;
    socket.pause();
    vertx.setTimer(ROOM_MS, _ -> {
      if (ending) {
        return;
      }
      Buffer piece = waiting;
      if (keep(piece == null ? needed() : (long) frames.held() + piece.length())) {
        starved = false;
        waiting = null;
        if (piece == null) {
          settle();
        } else {
          take(piece);
        }
      } else if (System.nanoTime() - sinceNanos > deadlineMs * 1_000_000) {
        waiting = null;
        hangUp(FluentMetrics.HungUp.SLOW, Refusal.busy().text());
        settle();
      } else {
        waitForRoom(sinceNanos);
      }
    });
  }

  /** Hangs up unless a further message is whole in time. */
  private void watch() {
    if (timer < 0) {
      long seen = messages;
      timer = vertx.setTimer(deadlineMs, _ -> {
        timer = -1;
        if (messages == seen && !starved && !isFull() && !ending) {
          hangUp(
              FluentMetrics.HungUp.SLOW,
              "message was not complete after %d ms (ingest.receive.body-deadline)"
                  .formatted(deadlineMs));
        }
        settle();
      });
    }
  }

  private void unwatch() {
    if (timer >= 0) {
      vertx.cancelTimer(timer);
      timer = -1;
    }
  }

  /**
   * Bytes to be stored.
   *
   * @param tag of the entries, null where they say it themselves
   * @param id of the chunk, null where nobody waits for an acknowledgement
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Load(
      byte[] bytes,
      int from,
      int to,
      Encoding encoding,
      @Nullable String tag,
      byte @Nullable [] id,
      byte @Nullable [] ack) {
    Arrival arrival(Sender sender) {
      return new Arrival(
          Signal.LOGS, Format.FLUENT_MSGPACK, encoding, bytes, from, to, sender, null, tag);
    }
  }

  /** A load under way to Kafka, and what is owed to its sender. */
  private final class Request {
    private final int bytes;
    private final byte @Nullable [] ack;
    private final Budget.Lease lease = intake.lease();
    private final long startNanos = intake.begin(Signal.LOGS);
    private @Nullable Sender sender;

    Request(Load load) {
      this.bytes = load.to - load.from;
      this.ack = load.ack;
      unacknowledgedBytes += bytes;
      underway++;
    }

    /** Takes the reservation over from the connection, for the sender's tenant. */
    private void hold(Sender from) throws Refusal {
      sender = from;
      lease.holdFor(from.tenant(), from.limits().weight());
      kept.shrink(Math.min(kept.bytes(), bytes));
      if (!lease.tryGrow(bytes)) {
        throw Refusal.busy();
      }
    }

    private void end(Outcome outcome) {
      lease.close();
      intake.end(Signal.LOGS, sender, outcome, startNanos);
      unacknowledgedBytes -= bytes;
      underway--;
    }
  }
}
