package dev.seamark.query.sql;

import dev.seamark.tenant.ApiKey;
import dev.seamark.tenant.Credentials;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.Scope;
import dev.seamark.tenant.Sender;
import dev.seamark.tenant.Verdict;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask by SQL: keys with the scopes {@code sql} and {@code admin}, since SQL sees the rows
 * of every tenant. A key is shown as ClickHouse's clients show a password: by Basic, Bearer, the
 * header {@code X-ClickHouse-Key} or the parameter {@code password}; any user will do.
 *
 * <p>Tenants can't be kept apart here: the text of a query isn't parsed, and the filter that
 * ClickHouse adds to named tables ({@code additional_table_filters}) doesn't reach what is read
 * through {@code merge} (by design, ClickHouse issue 77259) or {@code mergeTreeIndex}; both tried
 * on the embedded engine. Row policies would do, with a ClickHouse user a tenant; the embedded
 * engine takes none.
 */
final class SqlAccess {
  private static final int ACCESS_DENIED = 497;
  private static final int AUTHENTICATION_FAILED = 516;

  private final Supplier<KeyRing> keys;

  SqlAccess(Supplier<KeyRing> keys) {
    this.keys = keys;
  }

  /** An answer in ClickHouse's words, so that its clients understand it. */
  record Refused(int status, int clickHouseCode, String message) {}

  /** Why a request is refused, or null. */
  @Nullable
  Refused refusal(HttpServerRequest request) {
    return switch (keys.get().judge(shown(request), Scope.SQL)) {
      case Verdict.Refused(Verdict.Cause cause, String why) ->
        switch (cause) {
          case UNKNOWN -> failed(why);
          case FORBIDDEN -> denied(why);
        };
      case Verdict.Admitted(ApiKey key, Sender _) ->
        key.scopes().contains(Scope.ADMIN)
            ? null
            : denied("SQL sees the rows of every tenant: key %s needs the scope admin too"
                .formatted(key.name()));
    };
  }

  private static Credentials shown(HttpServerRequest request) {
    String header = request.getHeader("X-ClickHouse-Key");
    String password = header != null ? header : request.getParam("password");
    return password != null && !password.isEmpty()
        ? Credentials.ofSecret(password)
        : new Credentials(request.getHeader("Authorization"), null, null);
  }

  private static Refused failed(String why) {
    return new Refused(
        401,
        AUTHENTICATION_FAILED,
        "Code: %d. DB::Exception: %s. (AUTHENTICATION_FAILED)"
            .formatted(AUTHENTICATION_FAILED, why));
  }

  private static Refused denied(String why) {
    return new Refused(
        403,
        ACCESS_DENIED,
        "Code: %d. DB::Exception: %s. (ACCESS_DENIED)".formatted(ACCESS_DENIED, why));
  }
}
