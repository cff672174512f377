package dev.seamark.standalone.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.kafka.KafkaRefused;
import dev.seamark.kafka.Sasl;
import dev.seamark.kafka.TopicsConfig;
import dev.seamark.schema.Table;
import dev.seamark.service.Secret;
import dev.seamark.service.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.internals.secured.BasicOAuthBearerToken;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real broker that asks for TLS, a login, or a certificate, and what our settings make of it. */
@Timeout(120)
class SecuredKafkaTest {
  private static final String PASSWORD = "changeit";
  private static final String ALLOWED_URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls";
  private static final Secret LOGIN = new Secret("with \"quotes\", a \\ and a ; in it");

  @TempDir
  static Path folder;

  private static KafkaRaftServer broker;
  private static Path authority;
  private static Path agent;
  private static Path agentKey;
  private static int saslPort;
  private static int mutualPort;
  private static int oauthPort;

  @BeforeAll
  static void start() throws Exception {
    KeyStore server = certificate("server");
    authority = pem("ca.pem", "CERTIFICATE", server.getCertificate("server").getEncoded());
    KeyStore own = certificate("agent");
    agent = pem("agent.pem", "CERTIFICATE", own.getCertificate("agent").getEncoded());
    agentKey = pem(
        "agent-key.pem",
        "PRIVATE KEY",
        own.getKey("agent", PASSWORD.toCharArray()).getEncoded());
    int plainPort = freePort();
    saslPort = freePort();
    mutualPort = freePort();
    oauthPort = freePort();
    var settings = new BrokerSettings(folder.resolve("kafka"), plainPort, freePort());
    BrokerMain.format(settings.folder());
    broker = new KafkaRaftServer(
        kafka.server.KafkaConfig.fromProps(secured(settings.toProperties()), false), Time.SYSTEM);
    broker.startup();
    try (Admin admin = Admin.create(KafkaConfig.loopback(plainPort).clientProperties())) {
      admin
          .alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
              "seamark",
              new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
              LOGIN.reveal())))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  private static Properties secured(Properties all) {
    String more = ",SASL://127.0.0.1:%d,MUTUAL://127.0.0.1:%d,OAUTH://127.0.0.1:%d"
        .formatted(saslPort, mutualPort, oauthPort);
    all.put("listeners", all.get("listeners") + more);
    all.put("advertised.listeners", all.get("advertised.listeners") + more);
    all.put(
        "listener.security.protocol.map",
        all.get("listener.security.protocol.map") + ",SASL:SASL_SSL,MUTUAL:SSL,OAUTH:SASL_SSL");
    all.put("ssl.keystore.type", "PKCS12");
    all.put("ssl.keystore.location", folder.resolve("server.p12").toString());
    all.put("ssl.keystore.password", PASSWORD);
    all.put("ssl.key.password", PASSWORD);
    all.put("listener.name.sasl.sasl.enabled.mechanisms", "SCRAM-SHA-512");
    all.put(
        "listener.name.sasl.scram-sha-512.sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required;");
    all.put("listener.name.oauth.sasl.enabled.mechanisms", "OAUTHBEARER");
    all.put(
        "listener.name.oauth.oauthbearer.sasl.jaas.config",
        "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required"
            + " unsecuredLoginStringClaim_sub=\"broker\";");
    all.put(
        "listener.name.oauth.oauthbearer.sasl.server.callback.handler.class",
        IssuedTokens.class.getName());
    all.put("listener.name.mutual.ssl.client.auth", "required");
    all.put("listener.name.mutual.ssl.truststore.type", "PEM");
    all.put("listener.name.mutual.ssl.truststore.location", agent.toString());
    return all;
  }

  @AfterAll
  static void stop() {
    broker.shutdown();
    broker.awaitShutdown();
  }

  @Test
  void recordsTravelThroughTlsAfterAScramLogin() throws Exception {
    roundTrip(config(saslPort, new Tls(true, authority, null, null), scram(LOGIN)));
  }

  @Test
  void recordsTravelThroughMutualTls() throws Exception {
    roundTrip(config(mutualPort, new Tls(true, authority, agent, agentKey), null));
  }

  @Test
  void recordsTravelWithATokenOfTheEndpoint() throws Exception {
    String operators = "https://login.example.com/token";
    System.setProperty(ALLOWED_URLS, operators);
    var authorizations = new LinkedBlockingQueue<String>();
    HttpServer issuer =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    issuer.createContext("/token", exchange -> {
      exchange.getRequestBody().readAllBytes();
      authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
      byte[] answer = "{\"access_token\": \"%s\", \"token_type\": \"bearer\"}"
          .formatted(IssuedTokens.TOKEN)
          .getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    issuer.start();
    try {
      URI endpoint =
          URI.create("http://127.0.0.1:%d/token".formatted(issuer.getAddress().getPort()));
      var sasl =
          new Sasl(Sasl.Mechanism.OAUTHBEARER, "client", new Secret("secret"), endpoint, "kafka");

      roundTrip(config(oauthPort, new Tls(true, authority, null, null), sasl));

      assertThat(authorizations)
          .isNotEmpty()
          .allMatch(("Basic "
              + Base64.getEncoder()
                  .encodeToString("client:secret".getBytes(StandardCharsets.UTF_8)))::equals);
      assertThat(System.getProperty(ALLOWED_URLS)).isEqualTo(operators + "," + endpoint);
    } finally {
      System.clearProperty(ALLOWED_URLS);
      issuer.stop(0);
    }
  }

  @Test
  void aWrongPasswordIsSaidAtStart() {
    refused(
        config(saslPort, new Tls(true, authority, null, null), scram(new Secret("guessed"))),
        "Authentication failed");
  }

  @Test
  void aBrokerOfAnUnknownAuthorityIsSaidAtStart() {
    refused(
        config(saslPort, new Tls(true, null, null, null), scram(LOGIN)),
        "SSL handshake failed: ",
        "unable to find valid certification path");
  }

  @Test
  void aMissingCertificateIsSaidAtStart() {
    refused(config(mutualPort, new Tls(true, authority, null, null), null), "certificate_required");
  }

  private static void roundTrip(KafkaConfig config) throws Exception {
    new KafkaGate(config).start();
    byte[] value = {1, 2, 3};
    long offset;
    try (var producer = new KafkaProducer<>(
        config.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      offset = producer
          .send(new ProducerRecord<>(Table.OTEL_LOGS.topic(), 0, (byte[]) null, value))
          .get(30, TimeUnit.SECONDS)
          .offset();
    }
    try (var consumer = new KafkaConsumer<>(
        config.clientProperties(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partition = new TopicPartition(Table.OTEL_LOGS.topic(), 0);
      consumer.assign(List.of(partition));
      consumer.seek(partition, offset);

      assertThat(consumer.poll(Duration.ofSeconds(30)))
          .first()
          .satisfies(record -> assertThat(record.value()).isEqualTo(value));
    }
  }

  private static void refused(KafkaConfig config, String... why) {
    assertThatExceptionOfType(KafkaRefused.class)
        .isThrownBy(() -> new KafkaGate(config).start())
        .withMessageContaining("refused: Kafka can't be checked")
        .satisfies(refused -> assertThat(refused.getMessage()).contains(why));
  }

  private static Sasl scram(Secret password) {
    return new Sasl(Sasl.Mechanism.SCRAM_SHA_512, "seamark", password, null, "");
  }

  private static KafkaConfig config(int port, Tls tls, @Nullable Sasl sasl) {
    return new KafkaConfig(
        List.of("127.0.0.1:" + port),
        tls,
        sasl,
        "rack-1",
        Duration.ofSeconds(20),
        TopicsConfig.SINGLE_BROKER);
  }

  private static KeyStore certificate(String name) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Process keytool = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            name,
            "-keyalg",
            "EC",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass",
            PASSWORD,
            "-dname",
            "CN=" + name,
            "-ext",
            "SAN=dns:localhost,ip:127.0.0.1",
            "-ext",
            "BC=ca:true")
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("keytool.log").toFile())
        .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  private static Path pem(String file, String what, byte[] content) throws IOException {
    return Files.writeString(
        folder.resolve(file),
        "-----BEGIN %s-----%n%s%n-----END %s-----%n"
            .formatted(what, Base64.getMimeEncoder().encodeToString(content), what));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The broker's view of tokens: the one that the endpoint issues is good. */
  public static final class IssuedTokens implements AuthenticateCallbackHandler {
    static final String TOKEN = token();

    private static String token() {
      long now = System.currentTimeMillis() / 1000;
      return String.join(
          ".",
          part("{\"alg\": \"RS256\"}"),
          part("{\"sub\": \"seamark\", \"scope\": \"kafka\", \"iat\": %d, \"exp\": %d}"
              .formatted(now, now + 3600)),
          part("signature"));
    }

    private static String part(String text) {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void configure(
        Map<String, ?> configuration, String mechanism, List<AppConfigurationEntry> entries) {}

    @Override
    public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
      for (Callback each : callbacks) {
        if (!(each instanceof OAuthBearerValidatorCallback asked)) {
          throw new UnsupportedCallbackException(each);
        }
        if (asked.tokenValue().equals(TOKEN)) {
          long now = System.currentTimeMillis();
          asked.token(
              new BasicOAuthBearerToken(TOKEN, Set.of("kafka"), now + 3_600_000, "seamark", now));
        } else {
          asked.error("invalid_token", null, null);
        }
      }
    }

    @Override
    public void close() {}
  }
}
