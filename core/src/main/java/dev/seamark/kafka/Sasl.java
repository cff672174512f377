package dev.seamark.kafka;

import dev.seamark.service.Key;
import dev.seamark.service.Secret;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a client proves to Kafka who it is, when not by its TLS certificate. */
public record Sasl(
    @Key(why = "What the brokers' listener offers.") Mechanism mechanism,

    @Key(why = "User of SCRAM and PLAIN, client id of OAUTHBEARER.")
    String user,

    @Key(why = "Password of the user, secret of the OAuth client; give it as ${NAME}.")
    Secret password,

    @Key(why = "Where an OAuth client gets its token; OAUTHBEARER only.") @Nullable
    URI tokenEndpoint,

    @Key(fallback = "''", why = "Scope that the token is asked for; OAUTHBEARER only.")
    String scope) {
  /** The mechanisms that Kafka clients and brokers share. */
  public enum Mechanism {
    PLAIN("PLAIN"),
    SCRAM_SHA_256("SCRAM-SHA-256"),
    SCRAM_SHA_512("SCRAM-SHA-512"),
    OAUTHBEARER("OAUTHBEARER");

    private final String wireName;

    Mechanism(String wireName) {
      this.wireName = wireName;
    }
  }

  private static final String SECURITY = "org.apache.kafka.common.security.";

  public Sasl {
    if ((mechanism == Mechanism.OAUTHBEARER) != (tokenEndpoint != null)) {
      throw new IllegalArgumentException("token-endpoint goes with mechanism oauthbearer");
    }
  }

  Map<String, Object> clientProperties() {
    var properties = new LinkedHashMap<String, Object>();
    properties.put("sasl.mechanism", mechanism.wireName);
    switch (mechanism) {
      case PLAIN -> properties.put("sasl.jaas.config", login("plain.PlainLoginModule"));
      case SCRAM_SHA_256, SCRAM_SHA_512 ->
        properties.put("sasl.jaas.config", login("scram.ScramLoginModule"));
      case OAUTHBEARER -> {
        properties.put(
            "sasl.jaas.config", SECURITY + "oauthbearer.OAuthBearerLoginModule required;");
        properties.put(
            "sasl.login.callback.handler.class",
            SECURITY + "oauthbearer.OAuthBearerLoginCallbackHandler");
        properties.put("sasl.oauthbearer.token.endpoint.url", String.valueOf(tokenEndpoint));
        properties.put("sasl.oauthbearer.client.credentials.client.id", user);
        properties.put("sasl.oauthbearer.client.credentials.client.secret", password.reveal());
        if (!scope.isEmpty()) {
          properties.put("sasl.oauthbearer.scope", scope);
        }
      }
    }
    return properties;
  }

  private String login(String module) {
    return SECURITY
        + "%s required username=%s password=%s;"
            .formatted(module, quoted(user), quoted(password.reveal()));
  }

  /** A JAAS option value: quoted, so that a password may hold any character. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
