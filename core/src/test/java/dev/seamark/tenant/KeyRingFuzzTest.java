package dev.seamark.tenant;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.seamark.service.ConfigException;

/**
 * Any text is a keys file or refused, and any header is judged. An ordinary test run takes the
 * seeds; fuzz by {@code JAZZER_FUZZ=1 mvn -pl core test -Dtest=KeyRingFuzzTest#file}.
 */
class KeyRingFuzzTest {
  private static final KeyRing RING =
      KeyRing.parse("keys.yaml", """
      tenants: {t: {}, u: {}}
      keys: {k: {hash: "%s", tenant: t, scopes: [ingest], org-ids: [u]}}
      """.formatted(Fingerprint.of("sm_right")));

  @FuzzTest(maxDuration = "10s")
  void file(byte[] text) {
    try {
      KeyRing ring = KeyRing.parse("keys.yaml", new String(text, UTF_8));
      if (ring.isOpen() || ring.size() == 0) {
        throw new AssertionError("a file that lets everybody in");
      }
    } catch (ConfigException e) {
      // refused
    }
  }

  @FuzzTest(maxDuration = "10s")
  void header(byte[] text) {
    String header = new String(text, UTF_8);
    boolean admitted =
        RING.judge(new Credentials(header, null, null), Scope.INGEST) instanceof Verdict.Admitted;
    if (admitted && !header.contains("sm_right") && !header.regionMatches(true, 0, "Basic", 0, 5)) {
      throw new AssertionError("let in by " + header);
    }
    if (RING.judge(new Credentials("Bearer sm_right", header, null), Scope.INGEST)
            instanceof Verdict.Admitted(ApiKey _, Sender sender)
        && !header.isEmpty()
        && !sender.tenant().equals(header)) {
      throw new AssertionError("another tenant than asked for by " + header);
    }
  }
}
