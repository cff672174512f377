package dev.seamark.ingest.receive;

import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * What a sender shows of itself. Nothing of it is believed before {@link Intake#admit} has checked
 * it.
 *
 * @param authorization the {@code Authorization} header or its like
 * @param orgId the tenant that the sender would like to write to ({@code X-Scope-OrgID})
 * @param tlsSubject the subject of the verified client certificate, as RFC 2253 writes it
 */
record Credentials(
    @Nullable String authorization,
    @Nullable String orgId,
    @Nullable String tlsSubject) {
  static Credentials of(HttpServerRequest request) {
    return new Credentials(
        request.getHeader("Authorization"), request.getHeader("X-Scope-OrgID"), null);
  }
}
