package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.clickhouse.ClickHouseException;
import dev.seamark.service.ConfigFile;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JDBC to a server with a certificate of its own authority and a user with a password. */
class JdbcDatabaseTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  /** One row of one String, as RowBinaryWithNamesAndTypes: what the driver asks for. */
  private static final byte[] ANSWER = {1, 1, '1', 6, 'S', 't', 'r', 'i', 'n', 'g', 1, '1'};

  @TempDir
  private Path folder;

  private final LinkedBlockingQueue<String> authorizations = new LinkedBlockingQueue<>();
  private HttpsServer server;
  private Path authority;

  @BeforeEach
  void start() throws Exception {
    Path store = folder.resolve("server.p12");
    Process keytool = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "server",
            "-keyalg",
            "EC",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass",
            new String(PASSWORD),
            "-dname",
            "CN=localhost",
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
      keys.load(in, PASSWORD);
    }
    authority = Files.writeString(
        folder.resolve("ca.pem"),
        "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
            .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(keys.getCertificate("server").getEncoded())));
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext("/", exchange -> {
      exchange.getRequestBody().readAllBytes();
      authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
      exchange.getResponseHeaders().set("X-ClickHouse-Format", "RowBinaryWithNamesAndTypes");
      exchange.sendResponseHeaders(200, ANSWER.length);
      exchange.getResponseBody().write(ANSWER);
      exchange.close();
    });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void aNamedAuthorityIsTrustedAndTheUserShown() {
    try (JdbcDatabase database = JdbcDatabase.open(config("enabled: true, ca: " + authority))) {
      assertThat(database.rows("SELECT '1'")).containsExactly(List.of("1"));
    }

    String login =
        Base64.getEncoder().encodeToString("migrator:p&ss \"w?rd".getBytes(StandardCharsets.UTF_8));
    assertThat(authorizations).isNotEmpty().allMatch(("Basic " + login)::equals);
  }

  @Test
  void aServerOfAnUnknownAuthorityIsNotSpokenTo() {
    ClickHouseConfig config = config("enabled: true");

    assertThatThrownBy(() -> JdbcDatabase.open(config))
        .isInstanceOf(ClickHouseException.class)
        .hasMessageContaining("unable to find valid certification path");
    assertThat(authorizations).isEmpty();
  }

  private ClickHouseConfig config(String tls) {
    return ConfigFile.parse(
        "c.yaml",
        """
        addresses: ["https://127.0.0.1:%d"]
        user: migrator
        password: ${PASSWORD}
        tls: {%s}
        """.formatted(server.getAddress().getPort(), tls),
        ClickHouseConfig.class,
        Map.of("PASSWORD", "p&ss \"w?rd"));
  }
}
