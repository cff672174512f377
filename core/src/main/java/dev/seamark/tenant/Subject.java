package dev.seamark.tenant;

import java.nio.charset.StandardCharsets;
import javax.security.auth.x500.X500Principal;

/**
 * The subject of a certificate, as keys are found by it. In plain ASCII, case and spaces don't
 * matter. With other letters all of it does: {@link X500Principal} holds letters for equal that
 * only look alike (full width, ligatures) or become so in upper case (a dotless i), and an
 * authority that signs whatever name isn't taken yet tells them apart.
 */
record Subject(String name) {
  static Subject of(X500Principal principal) {
    String exact = principal.getName(X500Principal.RFC2253);
    return new Subject(
        StandardCharsets.US_ASCII.newEncoder().canEncode(exact)
            ? principal.getName(X500Principal.CANONICAL)
            : exact);
  }
}
