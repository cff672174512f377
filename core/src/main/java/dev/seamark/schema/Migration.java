package dev.seamark.schema;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One numbered file of the schema's history. Once released it never changes, comments included.
 *
 * @param number its place in the history, from 1
 * @param name the file's name
 * @param source the file's text, before it is written for an installation
 */
public record Migration(int number, String name, String source) {
  private static final Pattern NAME = Pattern.compile("(\\d{4})_[a-z0-9_]+\\.sql");

  /** A migration of the given file; the number is the name's first four digits. */
  static Migration of(String name, String source) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "migration %s is not named like 0001_what_it_does.sql".formatted(name));
    }
    return new Migration(Integer.parseInt(parts.group(1)), name, source);
  }

  static Migration resource(String name) {
    return of(name, text("migrations/" + name));
  }

  static String text(String resource) {
    try (InputStream in = Migration.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the build lacks its resource " + resource);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SHA-256 of the source in hex: the same for every installation. */
  public String checksum() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(source.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The whole file as it runs with these options, comments included. */
  public String sql(SchemaOptions options) {
    return new Template(name, source).sql(options);
  }

  /** The file's statements in order, each without its final semicolon. */
  public List<String> statements(SchemaOptions options) {
    return new Template(name, source).statements(options);
  }
}
