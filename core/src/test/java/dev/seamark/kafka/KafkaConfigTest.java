package dev.seamark.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.seamark.service.ConfigException;
import dev.seamark.service.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaConfigTest {
  private static KafkaConfig parse(String yaml) {
    return ConfigFile.parse("k.yaml", yaml, KafkaConfig.class, Map.of("SECRET", "a\"b\\c"));
  }

  @Test
  void withoutAFileItIsTheBrokerOfThisMachine() {
    assertThat(parse("").clientProperties())
        .isEqualTo(
            Map.of("bootstrap.servers", "127.0.0.1:19092", "security.protocol", "PLAINTEXT"));
  }

  @Test
  void scramOverTls() {
    KafkaConfig config = parse("""
        bootstrap: ["a:9093", "b:9093"]
        client-rack: zone-1
        tls: {enabled: true}
        sasl: {mechanism: scram-sha-512, user: seamark, password: "${SECRET}"}
        """);

    assertThat(config.clientProperties())
        .containsEntry("bootstrap.servers", "a:9093,b:9093")
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("sasl.mechanism", "SCRAM-SHA-512")
        .containsEntry("client.rack", "zone-1")
        .containsEntry(
            "sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required"
                + " username=\"seamark\" password=\"a\\\"b\\\\c\";");
    assertThat(config.toString()).doesNotContain("a\"b");
    opensAnAdmin(config);
  }

  @Test
  void oauthNamesTheEndpointThatMustBeAllowed() {
    KafkaConfig config = parse("""
        tls: {enabled: true}
        sasl:
          mechanism: oauthbearer
          user: client
          password: ${SECRET}
          token-endpoint: https://login.example.com/token
          scope: kafka
        """);

    assertThat(config.tokenEndpoint()).contains("https://login.example.com/token");
    assertThat(config.clientProperties())
        .containsEntry("sasl.mechanism", "OAUTHBEARER")
        .containsEntry("sasl.oauthbearer.token.endpoint.url", "https://login.example.com/token")
        .containsEntry("sasl.oauthbearer.client.credentials.client.secret", "a\"b\\c")
        .containsEntry("sasl.oauthbearer.scope", "kafka");
  }

  @Test
  void mutualTlsGoesInAsPemText(@TempDir Path folder) throws Exception {
    for (String file : new String[] {"ca", "crt", "key"}) {
      Files.writeString(folder.resolve(file), "PEM of " + file);
    }
    KafkaConfig config =
        parse("tls: {enabled: true, ca: %1$s/ca, certificate: %1$s/crt, key: %1$s/key}"
            .formatted(folder));

    assertThat(config.clientProperties())
        .containsEntry("security.protocol", "SSL")
        .containsEntry("ssl.truststore.certificates", "PEM of ca")
        .containsEntry("ssl.keystore.certificate.chain", "PEM of crt")
        .containsEntry("ssl.keystore.key", "PEM of key");
    // Kafka's own parser is reached: it looks into the text
    assertThatExceptionOfType(KafkaException.class).isThrownBy(() -> opensAnAdmin(config));
  }

  @Test
  void contradictionsAreRefused() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> parse("topics: {replication-factor: 1}"))
        .withMessage("k.yaml:1: topics: min-insync-replicas is 2, more than replication-factor 1:"
            + " nothing could be written");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> parse("sasl: {mechanism: oauthbearer, user: a, password: b}"))
        .withMessage("k.yaml:1: sasl: token-endpoint goes with mechanism oauthbearer");
  }

  /** Kafka's client takes the properties: names and values pass its own checks. */
  private static void opensAnAdmin(KafkaConfig config) {
    Map<String, Object> properties = config.clientProperties();
    properties.put("bootstrap.servers", "127.0.0.1:1");
    Admin.create(properties).close(Duration.ZERO);
  }
}
