package dev.seamark.ingest.decode;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.seamark.labels.Utf8;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * How bodies in JSON are read, whatever they say: UTF-8 only, names and numbers of a plausible
 * length, and errors that name line and column. Nesting is counted by the readers, who name their
 * own limit; a fixed one, far beyond, is for what they skip, since every level takes memory.
 * Thread-safe.
 */
final class JsonBody {
  static final int NUMBER_LENGTH_MAX = 400;

  private static final int NESTING_MAX = 10_000;

  /** Jackson keeps some thousands of names for the next body. */
  private static final int NAME_LENGTH_MAX = 4096;

  /** By so many bytes Jackson tells encodings apart. */
  private static final int ENCODING_BYTES = 4;

  private final JsonFactory factory;

  JsonBody(Limits limits) {
    this.factory = JsonFactory.builder()
        .streamReadConstraints(StreamReadConstraints.builder()
            .maxNestingDepth(NESTING_MAX)
            .maxStringLength(limits.bodyBytesMax())
            .maxNameLength(Math.max(NAME_LENGTH_MAX, limits.attributeKeyBytesMax()))
            .maxNumberLength(NUMBER_LENGTH_MAX)
            .build())
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES) // names are the sender's
        .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
        .build();
  }

  /** A parser before the first token of a body, all of which is UTF-8. */
  JsonParser open(byte[] body, int from, int to) throws Malformed, IOException {
    int invalid = Utf8.invalidAt(body, from, to);
    if (invalid >= 0) {
      throw new Malformed("malformed JSON at byte " + (invalid - from) + ": it isn't UTF-8");
    }
    return openUnchecked(body, from, to);
  }

  /** The same for a reader who checks the text that it takes. */
  JsonParser openUnchecked(byte[] body, int from, int to) throws Malformed, IOException {
    for (int i = from; i < Math.min(from + ENCODING_BYTES, to); i++) {
      if (body[i] == 0) { // Jackson would take it for UTF-16 or UTF-32
        throw new Malformed("malformed JSON at byte " + (i - from) + ": a NUL, UTF-8 is needed");
      }
    }
    return factory.createParser(body, from, to - from);
  }

  /** The error for the token read last. */
  static Malformed malformed(JsonParser parser, String why) {
    JsonLocation at = parser.currentTokenLocation();
    return new Malformed(
        "malformed JSON at line " + at.getLineNr() + ", column " + at.getColumnNr() + ": " + why);
  }

  /** What a parser found wrong. */
  static Malformed malformed(IOException error) {
    JsonLocation at = location(error);
    return new Malformed("malformed JSON"
        + (at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr())
        + ": "
        + why(error));
  }

  /** The same for a body whose lines are documents of their own. */
  static String malformedLine(IOException error) {
    JsonLocation at = location(error);
    return "malformed JSON" + (at == null ? "" : " at column " + at.getColumnNr()) + ": "
        + why(error);
  }

  private static @Nullable JsonLocation location(IOException error) {
    return error instanceof JsonProcessingException json ? json.getLocation() : null;
  }

  /** A broken UTF-8 sequence is no processing exception. */
  private static String why(IOException error) {
    return error instanceof JsonProcessingException json
        ? json.getOriginalMessage()
        : String.valueOf(error.getMessage());
  }
}
