package dev.seamark.ingest.decode;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import java.util.Arrays;

/**
 * Any bytes are refused or decoded, and nothing else happens. An ordinary test run takes the seeds;
 * fuzz by {@code JAZZER_FUZZ=1 mvn -pl ingest -am test -Dtest=FluentFuzzTest#records
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class FluentFuzzTest {
  private static final int BODY_BYTES_MAX = 1024 * 1024;

  private final LogRows rows = new LogRows();
  private final FluentRecords records = new FluentRecords(Limits.DEFAULT);

  @FuzzTest(maxDuration = "10s")
  void records(byte[] body) {
    rows.clear();
    try {
      Decoded decoded =
          records.decode(body, 0, body.length, Sender.ANYBODY, null, OtlpOracle.NOW, rows);
      if (decoded.accepted() != rows.rows()) {
        throw new AssertionError(decoded + ", rows " + rows.rows());
      }
      rows.block().encode();
    } catch (Malformed e) {
      // refused
    }
  }

  /** However the stream is cut into pieces, the same messages come out, or the same refusal. */
  @FuzzTest(maxDuration = "10s")
  void frames(byte[] stream) {
    int whole = messages(stream, Math.max(1, stream.length));
    int bytewise = messages(stream, 1);
    if (whole != bytewise) {
      throw new AssertionError(whole + " whole, " + bytewise + " bytewise");
    }
  }

  /** A hash of the messages and of how it ended. */
  private static int messages(byte[] stream, int piece) {
    FluentFrames frames = new FluentFrames(BODY_BYTES_MAX, 40);
    MsgpackReader wire = new MsgpackReader();
    int hash = 1;
    try {
      for (int at = 0; at < stream.length; at += piece) {
        int length = Math.min(piece, stream.length - at);
        int to = frames.reserve(length);
        System.arraycopy(stream, at, frames.bytes(), to, length);
        frames.added(length);
        while (frames.next()) {
          hash = 31 * hash + envelope(frames, wire);
        }
      }
    } catch (Malformed e) {
      return hash;
    }
    return hash + 1;
  }

  private static int envelope(FluentFrames frames, MsgpackReader wire) {
    int length = frames.to() - frames.from();
    int hash = length;
    try {
      FluentMessage message = FluentMessage.of(frames, wire);
      hash = 31 * hash + message.hashCode();
      if (message.chunkTo() > length || message.tagTo() > length || message.dataTo() > length) {
        throw new AssertionError(message + " of " + length + " bytes");
      }
    } catch (Malformed e) {
      hash++;
    }
    byte[] taken = frames.take();
    return 31 * hash + Arrays.hashCode(Arrays.copyOf(taken, length));
  }

  @FuzzTest(maxDuration = "10s")
  void reader(byte[] body) {
    var wire = new MsgpackReader();
    wire.reset(body, 0, body.length);
    try {
      while (wire.hasNext()) {
        int before = wire.at();
        wire.skip("a value");
        if (wire.at() <= before || wire.at() > body.length) {
          throw new AssertionError("from " + before + " to " + wire.at());
        }
      }
    } catch (Malformed e) {
      // refused
    }
  }
}
