package dev.seamark.ingest.receive;

import dev.seamark.tenant.ApiKey;
import dev.seamark.tenant.Credentials;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.Scope;
import dev.seamark.tenant.Sender;
import dev.seamark.tenant.Verdict;
import io.vertx.core.http.HttpServerRequest;
import java.security.Principal;
import java.util.function.Supplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Who comes in, over whichever protocol: what a sender shows is judged by the keys of the moment
 * and by the region of this ingester. Asked for each request, also on a connection that stays open,
 * so that a key that was taken away doesn't live as long as its connections. Thread-safe.
 */
public final class Admission {
  /** What a sender who showed nothing that is known is told to show (RFC 9110 section 11.6.1). */
  static final String CHALLENGE = "Bearer realm=\"seamark\", Basic realm=\"seamark\"";

  private final Supplier<KeyRing> keys;
  private final @Nullable String region;

  /** @param region of this ingester, null for none */
  public Admission(Supplier<KeyRing> keys, @Nullable String region) {
    this.keys = keys;
    this.region = region;
  }

  /** What an HTTP request shows; nothing of it is believed before it is judged. */
  static Credentials shown(HttpServerRequest request) {
    String authorization = request.getHeader("Authorization");
    return new Credentials(
        authorization,
        request.getHeader("X-Scope-OrgID"),
        authorization == null ? subject(request.connection().sslSession()) : null);
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

  /** Who sends. Refuses credentials that nobody has, and keys that don't allow to send here. */
  Sender admit(Credentials credentials) throws Refusal {
    return switch (keys.get().judge(credentials, Scope.INGEST)) {
      case Verdict.Refused(Verdict.Cause cause, String why) ->
        throw new Refusal(
            switch (cause) {
              case UNKNOWN -> Reason.UNAUTHENTICATED;
              case FORBIDDEN -> Reason.FORBIDDEN;
            },
            why);
      case Verdict.Admitted(ApiKey key, Sender sender) -> {
        requireRegion(key);
        yield sender;
      }
    };
  }

  private void requireRegion(ApiKey key) throws Refusal {
    if (key.region() != null && !key.region().equals(region)) {
      throw new Refusal(
          Reason.FORBIDDEN,
          "key %s is bound to region %s, but this ingester is in %s (ingest.receive.region)"
              .formatted(
                  key.name(), key.region(), region == null ? "no region" : "region " + region));
    }
  }
}
