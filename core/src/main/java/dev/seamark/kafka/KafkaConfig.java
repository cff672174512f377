package dev.seamark.kafka;

import dev.seamark.service.Key;
import dev.seamark.service.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Section {@code kafka}: how every service reaches the brokers, and the topics it needs there. */
public record KafkaConfig(
    @Key(
        fallback = "[127.0.0.1:19092]",
        why = "Brokers to ask first, host:port; name several, any of them may be down.")
    List<String> bootstrap,

    Tls tls,

    @Key(why = "Left out where the brokers ask for no login, or know clients by certificate.")
    @Nullable
    Sasl sasl,

    @Key(
        fallback = "''",
        why = "This process's rack or zone; consumers then read from the replica nearby.")
    String clientRack,

    @Key(
        fallback = "10s",
        min = "1s",
        max = "5m",
        unit = "duration",
        why = "How long the check at start waits for an answer before it calls Kafka away.")
    Duration startTimeout,

    TopicsConfig topics) {
  public KafkaConfig {
    if (bootstrap.isEmpty()) {
      throw new IllegalArgumentException("bootstrap names no broker");
    }
    bootstrap = List.copyOf(bootstrap);
  }

  /** A broker on loopback, as standalone starts it: no encryption, one copy of each record. */
  public static KafkaConfig loopback(int port) {
    return new KafkaConfig(
        List.of("127.0.0.1:" + port),
        Tls.OFF,
        null,
        "",
        Duration.ofSeconds(10),
        TopicsConfig.SINGLE_BROKER);
  }

  /**
   * Properties common to producers, consumers and admin clients. Reads the certificate files:
   * throws UncheckedIOException where one can't be read.
   */
  public Map<String, Object> clientProperties() {
    var properties = new LinkedHashMap<String, Object>();
    properties.put("bootstrap.servers", String.join(",", bootstrap));
    properties.put("security.protocol", protocol());
    if (!clientRack.isEmpty()) {
      properties.put("client.rack", clientRack);
    }
    if (tls.ca() != null) {
      properties.put("ssl.truststore.type", "PEM");
      properties.put("ssl.truststore.certificates", text(tls.ca()));
    }
    if (tls.certificate() != null && tls.key() != null) {
      properties.put("ssl.keystore.type", "PEM");
      properties.put("ssl.keystore.certificate.chain", text(tls.certificate()));
      properties.put("ssl.keystore.key", text(tls.key()));
    }
    if (sasl != null) {
      properties.putAll(sasl.clientProperties());
    }
    return properties;
  }

  /** The address that Kafka's OAuth client has to be allowed to ask; {@link KafkaGate} does it. */
  public Optional<String> tokenEndpoint() {
    return Optional.ofNullable(sasl).map(Sasl::tokenEndpoint).map(Object::toString);
  }

  private String protocol() {
    if (sasl == null) {
      return tls.enabled() ? "SSL" : "PLAINTEXT";
    }
    return tls.enabled() ? "SASL_SSL" : "SASL_PLAINTEXT";
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("kafka.tls: %s can't be read".formatted(file), e);
    }
  }
}
