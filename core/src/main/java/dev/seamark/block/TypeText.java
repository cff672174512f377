package dev.seamark.block;

/** The parser of ClickHouse's type texts, as far as this package has columns for them. */
final class TypeText {
  private static final int DEPTH_MAX = 8;

  private final String text;
  private int at;

  private TypeText(String text) {
    this.text = text;
  }

  static Column column(String text) {
    TypeText parser = new TypeText(text);
    Column column = parser.column(0);
    if (parser.at != text.length()) {
      throw parser.unknown();
    }
    return column;
  }

  private Column column(int depth) {
    if (depth > DEPTH_MAX) {
      throw unknown();
    }
    int start = at;
    String name = word();
    return switch (name) {
      case "UInt8", "Int8", "Bool" -> new ByteColumn(name);
      case "UInt16", "Date" -> new ShortColumn(name);
      case "UInt32", "Int32" -> new IntColumn(name);
      case "UInt64", "Int64" -> new LongColumn(name);
      case "Float64" -> new DoubleColumn();
      case "String" -> new StringColumn();
      case "DateTime" -> {
        if (next('(')) {
          quoted();
          expect(')');
        }
        yield new IntColumn(text.substring(start, at));
      }
      case "DateTime64" -> {
        expect('(');
        if (number() > 9) {
          throw unknown();
        }
        if (next(',')) {
          quoted();
        }
        expect(')');
        yield new LongColumn(text.substring(start, at));
      }
      case "Enum8" -> {
        expect('(');
        do {
          quoted();
          expect('=');
          next('-');
          number();
        } while (next(','));
        expect(')');
        yield new ByteColumn(text.substring(start, at));
      }
      case "FixedString" -> {
        expect('(');
        int length = number();
        expect(')');
        yield new FixedStringColumn(length);
      }
      case "LowCardinality" -> {
        expect('(');
        if (!word().equals("String")) {
          throw unknown();
        }
        expect(')');
        yield new LowCardinalityColumn();
      }
      case "Nullable" -> {
        expect('(');
        Column values = column(depth + 1);
        expect(')');
        yield new NullableColumn<>(values);
      }
      case "Array" -> {
        expect('(');
        Column element = column(depth + 1);
        expect(')');
        yield new ArrayColumn<>(element);
      }
      case "Map" -> {
        expect('(');
        Column keys = column(depth + 1);
        expect(',');
        Column values = column(depth + 1);
        expect(')');
        yield new MapColumn<>(keys, values);
      }
      default -> throw unknown();
    };
  }

  private String word() {
    skipSpaces();
    int start = at;
    while (at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
      at++;
    }
    return text.substring(start, at);
  }

  private int number() {
    skipSpaces();
    int start = at;
    int value = 0;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      value = 10 * value + text.charAt(at++) - '0';
      if (at - start > 8) {
        throw unknown();
      }
    }
    if (at == start) {
      throw unknown();
    }
    return value;
  }

  private void quoted() {
    expect('\'');
    while (at < text.length() && text.charAt(at) != '\'') {
      at += text.charAt(at) == '\\' ? 2 : 1;
    }
    if (at >= text.length()) {
      throw unknown();
    }
    at++;
  }

  private void expect(char c) {
    if (!next(c)) {
      throw unknown();
    }
  }

  private boolean next(char c) {
    skipSpaces();
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void skipSpaces() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private IllegalArgumentException unknown() {
    String shown = text.length() > 200 ? text.substring(0, 200) + "..." : text;
    return new IllegalArgumentException("unknown column type '" + shown + "'");
  }
}
