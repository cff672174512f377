package dev.seamark.benchmarks.overload;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The keys file of an overload run: some loud tenants of one class, and a quiet one. Its secrets
 * are known to everybody, for a Seamark that only this machine reaches.
 */
final class KeysFile {
  private static final String QUIET = "quiet";

  private final Path path;
  private final int loudTenants;

  KeysFile(Path path, int loudTenants) {
    this.path = path;
    this.loudTenants = loudTenants;
  }

  static String loud(int number) {
    return "loud-" + number;
  }

  static String quiet() {
    return QUIET;
  }

  /** The header that proves a tenant. */
  static String authorization(String tenant) {
    return "Bearer " + secret(tenant);
  }

  /**
   * Writes the file anew, at once as a whole.
   *
   * @param rowsPerSecond of each loud tenant, 0 = no limit
   */
  void write(long rowsPerSecond) throws IOException {
    StringBuilder text = new StringBuilder("classes:\n")
        .append("  loud: {rows-per-second: %d}\n".formatted(rowsPerSecond))
        .append("  quiet: {rows-per-second: 0}\n")
        .append("tenants:\n");
    for (int i = 1; i <= loudTenants; i++) {
      text.append("  %s: {limits: loud}\n".formatted(loud(i)));
    }
    text.append("  quiet: {limits: quiet}\nkeys:\n");
    for (int i = 1; i <= loudTenants; i++) {
      text.append(key(loud(i)));
    }
    text.append(key(QUIET));
    Path next = path.resolveSibling(path.getFileName() + ".next");
    Files.writeString(next, text);
    Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String key(String tenant) {
    return "  %s: {hash: \"sha256:%s\", tenant: %s, scopes: [ingest]}\n"
        .formatted(tenant, sha256(secret(tenant)), tenant);
  }

  private static String secret(String tenant) {
    return "sm_overload-" + tenant;
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
