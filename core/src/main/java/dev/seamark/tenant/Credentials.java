package dev.seamark.tenant;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * What a request shows of who sent it, whichever protocol carried it.
 *
 * @param authorization the header {@code Authorization}: {@code Bearer SECRET}; {@code Basic} with
 *     the secret as the password and any user; {@code ApiKey} as Elasticsearch's clients send it,
 *     with the secret behind any id
 * @param orgId the header {@code X-Scope-OrgID}: the tenant that the sender asks for, which is his
 *     only where his key says so
 * @param certificateSubject of the certificate that the connection's other end proved to have; null
 *     where the port doesn't ask for one
 */
public record Credentials(
    @Nullable String authorization,
    @Nullable String orgId,
    @Nullable X500Principal certificateSubject) {
  /** Nothing at all. */
  public static final Credentials NONE = new Credentials(null, null, null);

  /** A secret that came by itself, in a protocol without an Authorization header. */
  public static Credentials ofSecret(String secret) {
    return new Credentials("Bearer " + secret, null, null);
  }

  /**
   * The secret in the Authorization header, or null where there is no header.
   *
   * @throws IllegalArgumentException says what is wrong with the header, and not what is in it
   */
  @Nullable
  String secret() {
    if (authorization == null || authorization.isEmpty()) {
      return null;
    }
    int space = authorization.indexOf(' ');
    String scheme = space < 0 ? authorization : authorization.substring(0, space);
    String rest = space < 0 ? "" : authorization.substring(space + 1).trim();
    if (scheme.equalsIgnoreCase("Bearer")) {
      return rest;
    }
    if (scheme.equalsIgnoreCase("Basic")) {
      return second(rest, "Authorization: Basic is no base64 of user:password");
    }
    if (scheme.equalsIgnoreCase("ApiKey")) {
      return second(rest, "Authorization: ApiKey is no base64 of id:secret");
    }
    throw new IllegalArgumentException("Authorization must be Bearer, Basic or ApiKey");
  }

  /** The second of a pair that is joined by a colon and written in base64. */
  private static String second(String base64, String otherwise) {
    String pair;
    try {
      pair = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(otherwise, e);
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException(otherwise);
    }
    return pair.substring(colon + 1);
  }

  /** Says what is there, and shows none of it. */
  @Override
  public String toString() {
    return "Credentials[authorization=%s, orgId=%s, certificateSubject=%s]"
        .formatted(authorization == null ? "none" : "*****", orgId, certificateSubject);
  }
}
