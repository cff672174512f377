package dev.seamark.standalone.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rule that joins the pieces of a streamed answer, each a whole document of its format, into
 * one document: some formats join as they are, some repeat a head that is left out from the second
 * piece on. The other formats can't be streamed.
 */
enum PieceJoiner {
  AS_THEY_ARE,
  ONE_LINE,
  TWO_LINES,
  NAMES,
  NAMES_AND_TYPES;

  private static final Map<String, PieceJoiner> BY_FORMAT = Map.ofEntries(
      Map.entry("native", AS_THEY_ARE),
      Map.entry("rowbinary", AS_THEY_ARE),
      Map.entry("rowbinarywithnames", NAMES),
      Map.entry("rowbinarywithnamesandtypes", NAMES_AND_TYPES),
      Map.entry("tabseparated", AS_THEY_ARE),
      Map.entry("tsv", AS_THEY_ARE),
      Map.entry("tabseparatedraw", AS_THEY_ARE),
      Map.entry("tsvraw", AS_THEY_ARE),
      Map.entry("raw", AS_THEY_ARE),
      Map.entry("tabseparatedwithnames", ONE_LINE),
      Map.entry("tsvwithnames", ONE_LINE),
      Map.entry("tabseparatedwithnamesandtypes", TWO_LINES),
      Map.entry("tsvwithnamesandtypes", TWO_LINES),
      Map.entry("csv", AS_THEY_ARE),
      Map.entry("jsoneachrow", AS_THEY_ARE),
      Map.entry("jsonlines", AS_THEY_ARE),
      Map.entry("ndjson", AS_THEY_ARE),
      Map.entry("jsonstringseachrow", AS_THEY_ARE),
      Map.entry("jsoncompacteachrow", AS_THEY_ARE),
      Map.entry("jsoncompactstringseachrow", AS_THEY_ARE),
      Map.entry("jsoncompacteachrowwithnames", ONE_LINE),
      Map.entry("jsoncompacteachrowwithnamesandtypes", TWO_LINES),
      Map.entry("tskv", AS_THEY_ARE),
      Map.entry("null", AS_THEY_ARE));

  /** The rule of a format, null where its pieces can't be joined. */
  static @Nullable PieceJoiner of(String format) {
    return BY_FORMAT.get(Statement.key(format));
  }

  /** What of a further piece is to be sent. */
  MemorySegment further(MemorySegment piece) {
    return switch (this) {
      case AS_THEY_ARE -> piece;
      case ONE_LINE -> piece.asSlice(afterLines(piece, 1));
      case TWO_LINES -> piece.asSlice(afterLines(piece, 2));
      case NAMES -> piece.asSlice(afterTexts(piece, 1));
      case NAMES_AND_TYPES -> piece.asSlice(afterTexts(piece, 2));
    };
  }

  private static long afterLines(MemorySegment piece, int lines) {
    long at = 0;
    for (int i = 0; i < lines; i++) {
      while (at < piece.byteSize() && piece.get(ValueLayout.JAVA_BYTE, at) != '\n') {
        at++;
      }
      at++;
    }
    return Math.min(at, piece.byteSize());
  }

  /** A count of columns, then per column and list a text with its length before it. */
  private static long afterTexts(MemorySegment piece, int lists) {
    long at = 0;
    long columns = varint(piece, at);
    at += varintBytes(columns);
    for (long i = 0; i < columns * lists; i++) {
      long length = varint(piece, at);
      at += varintBytes(length) + length;
    }
    return at;
  }

  private static long varint(MemorySegment piece, long from) {
    long value = 0;
    int shift = 0;
    long at = from;
    byte b;
    do {
      b = piece.get(ValueLayout.JAVA_BYTE, at++);
      value |= (long) (b & 0x7F) << shift;
      shift += 7;
    } while (b < 0);
    return value;
  }

  private static int varintBytes(long value) {
    return Math.max(1, (63 - Long.numberOfLeadingZeros(value)) / 7 + 1);
  }
}
