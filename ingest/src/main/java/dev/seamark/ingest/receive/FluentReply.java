package dev.seamark.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/** A short message to an agent, being written as msgpack. */
final class FluentReply extends ByteArrayOutputStream {
  /**
   * The answer to a chunk that is stored.
   *
   * @param bytes hold its id from {@code from} to {@code to}, as it came
   */
  static byte[] ack(byte[] bytes, int from, int to) {
    var out = new FluentReply();
    out.map(1);
    out.text("ack");
    out.write(bytes, from, to - from);
    return out.toByteArray();
  }

  /** Begins an array of up to 15 elements. */
  void array(int size) {
    write(0x90 | size);
  }

  /** Begins a map of up to 15 pairs. */
  void map(int size) {
    write(0x80 | size);
  }

  void bool(boolean value) {
    write(value ? 0xC3 : 0xC2);
  }

  void text(String text) {
    text(text.getBytes(UTF_8));
  }

  /** Text of up to 64 KiB. */
  void text(byte[] text) {
    if (text.length < 32) {
      write(0xA0 | text.length);
    } else if (text.length < 256) {
      write(0xD9);
      write(text.length);
    } else {
      write(0xDA);
      write(text.length >> 8);
      write(text.length);
    }
    writeBytes(text);
  }
}
