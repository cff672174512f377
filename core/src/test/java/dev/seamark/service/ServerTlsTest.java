package dev.seamark.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ports whose certificate is exchanged while somebody is connected. */
@Timeout(60)
class ServerTlsTest {
  @TempDir
  static Path folder;

  private static SelfMadeCertificate first;
  private static SelfMadeCertificate second;

  private final Vertx vertx = Vertx.vertx();
  private final Metrics metrics = new Metrics();
  private final Path certificate = folder.resolve("tls.pem");
  private final Path key = folder.resolve("tls-key.pem");
  private ServerTls tls;
  private HttpServer http;

  @BeforeAll
  static void makeCertificates() throws Exception {
    first = SelfMadeCertificate.in(folder, "first");
    second = SelfMadeCertificate.in(folder, "second");
  }

  @BeforeEach
  void open() throws Exception {
    install(first.certificate(), first.key());
    tls = new ServerTls("door", vertx, new Tls(true, null, certificate, key), metrics);
    tls.start();
    http = tls.renew(Door.open(
        vertx,
        tls.encrypt(new HttpServerOptions().setHost("127.0.0.1").setPort(0)),
        request -> request.response().end(request.version().name())));
  }

  @AfterEach
  void close() {
    tls.stop();
    vertx.close().await();
  }

  private void install(Path newCertificate, Path newKey) throws IOException {
    Files.copy(newCertificate, certificate, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(newKey, key, StandardCopyOption.REPLACE_EXISTING);
  }

  private void lookTwice() {
    tls.look();
    tls.look();
  }

  /** A connection whose handshake is done. */
  private static SSLSocket connect(int port) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Anybody()}, null);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout(20_000);
    socket.startHandshake();
    return socket;
  }

  private static String subject(SSLSocket socket) throws IOException {
    return socket.getSession().getPeerPrincipal().getName();
  }

  private static String statusOf(SSLSocket socket) throws IOException {
    socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: test\r\n\r\n".getBytes(US_ASCII));
    var answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n" + HttpVersion.HTTP_1_1.name()) < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        return "hung up";
      }
      answer.append((char) next);
    }
    return answer.substring(0, answer.indexOf("\r\n"));
  }

  @Test
  void aChangedCertificateIsThatOfNewConnectionsAndOpenOnesLiveOn() throws Exception {
    try (SSLSocket open = connect(http.actualPort())) {
      assertThat(subject(open)).isEqualTo("CN=first");
      assertThat(statusOf(open)).isEqualTo("HTTP/1.1 200 OK");

      install(second.certificate(), second.key());
      lookTwice();

      try (SSLSocket next = connect(http.actualPort())) {
        assertThat(subject(next)).isEqualTo("CN=second");
        assertThat(statusOf(next)).isEqualTo("HTTP/1.1 200 OK");
      }
      assertThat(statusOf(open)).as("the open one").isEqualTo("HTTP/1.1 200 OK");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = HttpVersion.class,
      names = {"HTTP_1_1", "HTTP_2"})
  void bothVersionsOfHttpAreStillSpokenAfterAChange(HttpVersion version) throws Exception {
    install(second.certificate(), second.key());
    lookTwice();
    HttpClient client = vertx.createHttpClient(new HttpClientOptions()
        .setSsl(true)
        .setTrustAll(true)
        .setVerifyHost(false)
        .setUseAlpn(true)
        .setProtocolVersion(version));

    Promise<Buffer> answer = Promise.promise();
    vertx.runOnContext(_ -> client
        .request(HttpMethod.GET, http.actualPort(), "127.0.0.1", "/")
        .compose(request -> request.send())
        .compose(response -> response.body())
        .onComplete(answer));

    assertThat(answer.future().await().toString()).isEqualTo(version.name());
  }

  @Test
  void aPortOfAnotherProtocolChangesToo() throws Exception {
    NetServer server = tls.renew(vertx
        .createNetServer(tls.encrypt(new NetServerOptions().setHost("127.0.0.1").setPort(0)))
        .connectHandler(socket -> socket.handler(socket::write))
        .listen()
        .await());
    try (SSLSocket open = connect(server.actualPort())) {
      install(second.certificate(), second.key());
      lookTwice();

      try (SSLSocket next = connect(server.actualPort())) {
        assertThat(subject(next)).isEqualTo("CN=second");
      }
      open.getOutputStream().write('x');
      assertThat(open.getInputStream().read()).as("an echo on the open one").isEqualTo('x');
    }
  }

  @Test
  void aCertificateWhoseKeyHasNotComeYetIsRefusedAndTheOldOneHolds() throws Exception {
    install(second.certificate(), first.key());
    lookTwice();
    try (SSLSocket next = connect(http.actualPort())) {
      assertThat(subject(next)).isEqualTo("CN=first");
    }
    assertThat(metrics.text())
        .contains("seamark_tls_reload_failures_total{section=\"door\"} 1.0")
        .contains("seamark_tls_certificate_expiry_timestamp_seconds{section=\"door\"}");

    install(second.certificate(), second.key());
    lookTwice();
    try (SSLSocket next = connect(http.actualPort())) {
      assertThat(subject(next)).isEqualTo("CN=second");
    }
  }

  @Test
  void aPortThatFailsToTakeAChangeIsGivenItAgainUntilItShowsIt() throws Exception {
    NetServer server = vertx
        .createNetServer(tls.encrypt(new NetServerOptions().setHost("127.0.0.1").setPort(0)))
        .connectHandler(socket -> socket.handler(socket::write))
        .listen()
        .await();
    var failures = new ArrayDeque<Supplier<Future<Boolean>>>();
    failures.add(() -> Future.failedFuture("no memory"));
    failures.add(() -> {
      throw new IllegalStateException("a bug");
    });
    tls.renew(failing(server, failures));
    install(second.certificate(), second.key());

    lookTwice();
    assertThat(shownBy(http.actualPort())).as("the other port").isEqualTo("CN=second");
    assertThat(shownBy(server.actualPort())).isEqualTo("CN=first");
    tls.look();
    assertThat(shownBy(server.actualPort())).isEqualTo("CN=first");
    assertThat(metrics.text()).contains("seamark_tls_reload_failures_total{section=\"door\"} 2.0");
    tls.look();
    assertThat(shownBy(server.actualPort())).isEqualTo("CN=second");
    tls.look();
    assertThat(metrics.text()).contains("seamark_tls_reload_failures_total{section=\"door\"} 2.0");
  }

  /** A server that fails to take certificates as often as there are failures left. */
  private static NetServer failing(NetServer server, Queue<Supplier<Future<Boolean>>> failures) {
    return (NetServer) Proxy.newProxyInstance(
        NetServer.class.getClassLoader(),
        new Class<?>[] {NetServer.class},
        (_, method, arguments) -> {
          Supplier<Future<Boolean>> failure =
              method.getName().equals("updateSSLOptions") ? failures.poll() : null;
          return failure == null ? method.invoke(server, arguments) : failure.get();
        });
  }

  private static String shownBy(int port) throws Exception {
    try (SSLSocket socket = connect(port)) {
      return subject(socket);
    }
  }

  @Test
  void aPortThatWasOpenedWhileTheFilesChangedShowsTheNewCertificate() throws Exception {
    NetServerOptions before =
        tls.encrypt(new NetServerOptions().setHost("127.0.0.1").setPort(0));
    install(second.certificate(), second.key());
    lookTwice();
    NetServer server =
        tls.renew(vertx.createNetServer(before).connectHandler(_ -> {}).listen().await());
    assertThat(shownBy(server.actualPort())).isEqualTo("CN=first");

    tls.look();

    assertThat(shownBy(server.actualPort())).isEqualTo("CN=second");
  }

  @Test
  void filesThatAreNoPemAreRefusedAtTheStart() throws Exception {
    Files.writeString(certificate, "no PEM");

    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            new ServerTls("door", vertx, new Tls(true, null, certificate, key), metrics)::start)
        .withMessageStartingWith("door.tls: " + certificate + " and " + key + ": ");
  }

  @Test
  void aPairThatDoesNotBelongTogetherIsRefusedAtTheStart() throws Exception {
    install(first.certificate(), second.key());

    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            new ServerTls("door", vertx, new Tls(true, null, certificate, key), metrics)::start)
        .withMessage(
            "door.tls: the key in %s is not that of the certificate in %s", key, certificate);
  }

  @Test
  void encryptionNeedsACertificate() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(new ServerTls("door", vertx, new Tls(true, null, null, null), metrics)::start)
        .withMessage("door.tls is enabled, but certificate and key are missing");
  }

  /** Trusts whoever comes: the test looks at the certificate itself. */
  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
