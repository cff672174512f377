package dev.seamark.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.seamark.service.Tls;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against a server with a certificate of its own authority. */
class ClickHouseTlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir
  private Path folder;

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
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
    });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void aPrivateAuthorityIsTrustedWhenItIsNamed() {
    try (ClickHouse clickHouse = clickHouse(authority)) {
      clickHouse.execute("SELECT 1");
    }
  }

  @Test
  void aServerOfAnUnknownAuthorityIsNotSpokenTo() {
    try (ClickHouse clickHouse = clickHouse(null)) {
      ClickHouseException failure =
          catchThrowableOfType(ClickHouseException.class, () -> clickHouse.execute("SELECT 1"));

      assertThat(failure.code()).isEqualTo(ClickHouseException.NETWORK);
      assertThat(failure).hasMessageContaining("unable to find valid certification path");
    }
  }

  private ClickHouse clickHouse(@Nullable Path ca) {
    URI address = URI.create("https://127.0.0.1:" + server.getAddress().getPort());
    ClickHouseConfig like = ClickHouseConfig.of("seamark", URI.create("http://unused:1"));
    return new ClickHouse(new ClickHouseConfig(
        List.of(address),
        like.user(),
        like.password(),
        like.database(),
        new Tls(true, ca, null, null),
        like.connectTimeout(),
        like.answerTimeout(),
        like.connections(),
        like.answerBytesMax(),
        false));
  }
}
