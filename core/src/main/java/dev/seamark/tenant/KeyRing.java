package dev.seamark.tenant;

import dev.seamark.service.ConfigException;
import dev.seamark.service.ConfigFile;
import java.util.Map;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * All keys at one moment, and the judgement of credentials by them. Immutable: a changed keys file
 * makes another ring, and each request is judged by one of them as a whole.
 */
public final class KeyRing {
  /** Without a keys file nobody is asked: everybody is {@link Sender#ANYBODY}. */
  public static final KeyRing OPEN = new KeyRing(true, Map.of(), Map.of());

  private static final int QUOTED_MAX = 64;

  private final boolean open;
  private final Map<Fingerprint, ApiKey> bySecret;
  private final Map<Subject, ApiKey> bySubject;

  private KeyRing(boolean open, Map<Fingerprint, ApiKey> bySecret, Map<Subject, ApiKey> bySubject) {
    this.open = open;
    this.bySecret = Map.copyOf(bySecret);
    this.bySubject = Map.copyOf(bySubject);
  }

  /** These keys only: nobody else comes in, also where there are none. */
  static KeyRing of(Map<Fingerprint, ApiKey> bySecret, Map<Subject, ApiKey> bySubject) {
    return new KeyRing(false, bySecret, bySubject);
  }

  /**
   * Reads the text of a keys file.
   *
   * @param file for messages
   * @throws ConfigException names file, line and what would be right
   */
  public static KeyRing parse(String file, String yaml) {
    return ConfigFile.literal(file, yaml, KeysDocument.class).ring(file);
  }

  /** Whether nobody is asked for a key: such a service must listen on loopback only. */
  public boolean isOpen() {
    return open;
  }

  /** How many keys there are. */
  public int size() {
    return bySecret.size() + bySubject.size();
  }

  /**
   * Whose credentials these are, and whether they allow what the scope says. A secret counts before
   * a certificate. The tenant is the key's; the one that the credentials ask for is believed only
   * where the key allows it.
   */
  public Verdict judge(Credentials credentials, Scope scope) {
    if (isOpen()) {
      return new Verdict.Admitted(ApiKey.ANYBODY, Sender.ANYBODY);
    }
    String secret;
    try {
      secret = credentials.secret();
    } catch (IllegalArgumentException e) {
      return unknown(String.valueOf(e.getMessage()));
    }
    if (secret != null) {
      ApiKey key = bySecret.get(Fingerprint.of(secret));
      return key == null ? unknown("the key is not known") : allowed(key, credentials, scope);
    }
    X500Principal subject = credentials.certificateSubject();
    if (subject != null) {
      ApiKey key = bySubject.get(Subject.of(subject));
      return key == null
          ? unknown("no key has the certificate's subject " + quoted(subject.getName()))
          : allowed(key, credentials, scope);
    }
    return unknown("a key is needed: as Authorization: Bearer, as the password of Basic, or as a"
        + " client certificate");
  }

  private static Verdict allowed(ApiKey key, Credentials credentials, Scope scope) {
    if (!key.scopes().contains(scope)) {
      return forbidden("key %s has no scope %s, but %s"
          .formatted(
              key.name(),
              scope.text(),
              key.scopes().stream().sorted().map(Scope::text).collect(Collectors.joining(", "))));
    }
    Sender sender = chosen(key, credentials.orgId());
    return sender == null
        ? forbidden("key %s may not choose tenant %s by X-Scope-OrgID"
            .formatted(key.name(), quoted(String.valueOf(credentials.orgId()))))
        : new Verdict.Admitted(key, sender);
  }

  /** Null where the key doesn't allow the tenant, whether there is one of that name or not. */
  private static @Nullable Sender chosen(ApiKey key, @Nullable String orgId) {
    return orgId == null || orgId.isEmpty() || orgId.equals(key.own().tenant())
        ? key.own()
        : key.others().get(orgId);
  }

  private static Verdict unknown(String why) {
    return new Verdict.Refused(Verdict.Cause.UNKNOWN, why);
  }

  private static Verdict forbidden(String why) {
    return new Verdict.Refused(Verdict.Cause.FORBIDDEN, why);
  }

  private static String quoted(String text) {
    return "\"" + text.substring(0, Math.min(text.length(), QUOTED_MAX)) + "\"";
  }
}
