package dev.seamark.clickhouse;

import dev.seamark.block.Block;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** The bytes of an insert: Native blocks, one after the other, all with the same columns. */
@FunctionalInterface
public interface InsertBody {
  /** Writes all bytes. Called again, from the start, when the next address is tried. */
  void writeTo(OutputStream out) throws IOException;

  /** Encoded blocks as they are. */
  static InsertBody of(byte[]... blocks) {
    return out -> {
      for (byte[] block : blocks) {
        out.write(block);
      }
    };
  }

  /** Blocks that are encoded when they are written: one of them at a time is in memory twice. */
  static InsertBody of(List<Block> blocks) {
    return out -> {
      for (Block block : blocks) {
        out.write(block.encode());
      }
    };
  }
}
