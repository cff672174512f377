package dev.seamark.ingest.receive;

import dev.seamark.tenant.Credentials;
import io.vertx.core.http.HttpServerRequest;
import java.security.Principal;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** How senders of all protocols come in: what they show of themselves. */
final class Admission {
  /** What a sender who showed nothing that is known is told to show (RFC 9110 section 11.6.1). */
  static final String CHALLENGE = "Bearer realm=\"seamark\", Basic realm=\"seamark\"";

  private Admission() {}

  /** What an HTTP request shows; nothing of it is believed before it is judged. */
  static Credentials shown(HttpServerRequest request) {
    return new Credentials(
        request.getHeader("Authorization"),
        request.getHeader("X-Scope-OrgID"),
        subject(request.connection().sslSession()));
  }

  /** The subject of the certificate that the other end proved to have; null where it has none. */
  static @Nullable X500Principal subject(@Nullable SSLSession session) {
    if (session == null) {
      return null;
    }
    try {
      Principal peer = session.getPeerPrincipal();
      return peer instanceof X500Principal subject ? subject : null;
    } catch (SSLPeerUnverifiedException _) {
      return null; // the port asks for no certificate
    }
  }
}
