package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.Refusal;
import dev.seamark.ingest.write.plan.Refusal.Kind;
import dev.seamark.kafka.BlockHeaders;
import dev.seamark.kafka.MalformedHeaders;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What can be said of a record without decoding its value. */
sealed interface RecordVerdict {
  /** The value is the block that was sealed. */
  record Sound(BlockHeaders headers) implements RecordVerdict {}

  /** No writer will ever store it. */
  record Unusable(Refusal refusal) implements RecordVerdict {}

  /** A newer writer may store it. */
  record TooNew(String why) implements RecordVerdict {}

  /** What the name of every version of our format begins with. */
  String OUR_FORMATS = "native/";

  /**
   * The verdict on a record.
   *
   * @param schemaVersion newest record schema this process reads
   */
  static RecordVerdict of(ConsumerRecord<byte[], byte[]> record, int schemaVersion) {
    BlockHeaders headers;
    try {
      headers = BlockHeaders.from(record.headers());
    } catch (MalformedHeaders e) {
      return unusable(Kind.HEADERS, String.valueOf(e.getMessage()));
    }
    if (headers.schemaVersion() > schemaVersion) {
      return new TooNew(
          "schema " + headers.schemaVersion() + ", this writer knows " + schemaVersion);
    }
    if (!headers.format().equals(BlockHeaders.NATIVE)) {
      var why = "format " + headers.format() + ", this writer reads " + BlockHeaders.NATIVE;
      return headers.format().startsWith(OUR_FORMATS)
          ? new TooNew(why)
          : unusable(Kind.FORMAT, why);
    }
    if (record.value() == null || !headers.matches(record.value())) {
      return unusable(Kind.CHECKSUM, "its checksum doesn't match its value");
    }
    return new Sound(headers);
  }

  private static RecordVerdict unusable(Kind kind, String why) {
    return new Unusable(new Refusal(kind, why));
  }
}
