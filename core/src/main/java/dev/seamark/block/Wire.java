package dev.seamark.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The primitives of the Native format on a {@code byte[]}: little-endian numbers and varints. */
final class Wire {
  static final VarHandle SHORT = littleEndian(short[].class);
  static final VarHandle INT = littleEndian(int[].class);
  static final VarHandle LONG = littleEndian(long[].class);

  private Wire() {}

  private static VarHandle littleEndian(Class<?> view) {
    return MethodHandles.byteArrayViewVarHandle(view, ByteOrder.LITTLE_ENDIAN);
  }

  /** Writes {@code value}, taken as unsigned, and returns the offset behind it. */
  static int putVarint(byte[] target, int at, int value) {
    while ((value & ~0x7F) != 0) {
      target[at++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    target[at++] = (byte) value;
    return at;
  }

  /** Bytes that {@link #putVarint} writes for {@code value}: 1 to 5. */
  static int varintBytes(int value) {
    return (38 - Integer.numberOfLeadingZeros(value | 1)) / 7;
  }
}
