package dev.seamark.standalone.engine;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.jspecify.annotations.Nullable;

/** The HTTP content codings this server reads and writes. */
enum ContentCoding {
  GZIP,
  ZSTD,
  LZ4,
  DEFLATE;

  private static final int BUFFER_BYTES = 64 << 10;

  /** The coding a request states, null for none. */
  static @Nullable ContentCoding ofRequest(@Nullable String header) {
    if (header == null || header.isBlank() || header.strip().equalsIgnoreCase("identity")) {
      return null;
    }
    for (ContentCoding coding : values()) {
      if (coding.token().equalsIgnoreCase(header.strip())) {
        return coding;
      }
    }
    throw EngineException.of(
        EngineException.BAD_ARGUMENTS,
        "BAD_ARGUMENTS",
        "Content-Encoding %s is not one of gzip, zstd, lz4, deflate".formatted(header));
  }

  /** The first coding of {@code Accept-Encoding} that this server writes, null for none. */
  static @Nullable ContentCoding ofAnswer(@Nullable String header) {
    if (header == null) {
      return null;
    }
    for (String offer : header.split(",", -1)) {
      String name = offer.split(";", 2)[0].strip();
      for (ContentCoding coding : values()) {
        if (coding != DEFLATE && coding.token().equalsIgnoreCase(name)) {
          return coding;
        }
      }
    }
    return null;
  }

  String token() {
    return name().toLowerCase(Locale.ROOT);
  }

  InputStream decode(InputStream source) throws IOException {
    return switch (this) {
      case GZIP -> new GZIPInputStream(source, BUFFER_BYTES);
      case ZSTD -> new ZstdInputStream(source);
      // lz4-java can't read linked blocks, which Python's clients write
      case LZ4 ->
        new FramedLZ4CompressorInputStream(new BufferedInputStream(source, BUFFER_BYTES), true);
      case DEFLATE -> new InflaterInputStream(source);
    };
  }

  OutputStream encode(OutputStream target) throws IOException {
    return switch (this) {
      case GZIP, DEFLATE -> new GZIPOutputStream(target, BUFFER_BYTES);
      case ZSTD -> new ZstdOutputStream(target);
      case LZ4 -> new LZ4FrameOutputStream(target, LZ4FrameOutputStream.BLOCKSIZE.SIZE_256KB);
    };
  }
}
