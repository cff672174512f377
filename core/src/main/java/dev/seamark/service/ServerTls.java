package dev.seamark.service;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The encryption of a service's own ports: certificate and key, and the authority whose
 * certificates clients must show. The files are looked at every few seconds: changed ones hold for
 * the connections made from then on, on every port, and connections that are open stay so. A port
 * that fails to take them is given them again at each look. Files that are refused change nothing.
 * Both are logged and counted.
 *
 * <p>With {@code enabled: false} it does nothing at all. {@link #start} comes before the ports are
 * opened.
 */
public final class ServerTls {
  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final int UPDATE_SECONDS_MAX = 10;
  private static final byte[] PROOF = new byte[32];

  private final String section;
  private final Vertx vertx;
  private final Tls tls;
  private final TlsMetrics metrics;
  private final FileWatch watch;
  private final List<Port> ports = new CopyOnWriteArrayList<>();
  private volatile @Nullable Material material;
  private int everywhere; // the reading that all ports show; the watch's, once it runs

  /** @param section of the configuration that has the ports, for messages and metrics */
  public ServerTls(String section, Vertx vertx, Tls tls, Metrics metrics) {
    this.section = section;
    this.vertx = vertx;
    this.tls = tls;
    this.metrics = metrics.tls();
    this.watch = new FileWatch(section + ".tls", files(tls), INTERVAL, new Reload());
  }

  private static List<Path> files(Tls tls) {
    return Stream.of(tls.certificate(), tls.key(), tls.ca())
        .flatMap(Stream::ofNullable)
        .toList();
  }

  /** An open port, and the reading that it shows; 0 where that isn't known. */
  private static final class Port {
    final Function<Material, Future<Boolean>> update;

    int shown;

    Port(Function<Material, Future<Boolean>> update, int shown) {
      this.update = update;
      this.shown = shown;
    }
  }

  /**
   * What the files hold, checked.
   *
   * @param reading counts from 1
   */
  private record Material(
      int reading,
      PemKeyCertOptions pair,
      @Nullable PemTrustOptions authority,
      X509Certificate certificate) {
    ServerSSLOptions options(boolean http) {
      var options = new ServerSSLOptions().setUseAlpn(http).setKeyCertOptions(pair);
      return authority == null
          ? options
          : options.setTrustOptions(authority).setClientAuth(ClientAuth.REQUIRED);
    }
  }

  /**
   * Reads the files.
   *
   * @throws ConfigException if they are missing or don't belong together
   */
  public void start() {
    if (!tls.enabled()) {
      return;
    }
    if (tls.certificate() == null) {
      throw new ConfigException(
          "%s.tls is enabled, but certificate and key are missing".formatted(section));
    }
    try {
      Material read = material(watch.read());
      material = read;
      everywhere = read.reading();
      metrics.read(section, read.certificate());
    } catch (IOException | GeneralSecurityException e) {
      throw new ConfigException("%s.tls: %s".formatted(section, e.getMessage()));
    }
    watch.start();
  }

  /** Stops looking at the files. */
  public void stop() {
    watch.stop();
  }

  /** Lets a port that is about to be opened speak TLS, and HTTP/2 by ALPN. */
  public HttpServerOptions encrypt(HttpServerOptions options) {
    Material current = material;
    if (current != null) {
      encrypt((NetServerOptions) options, current);
      options.setUseAlpn(true);
    }
    return options;
  }

  /** Lets a port that is about to be opened speak TLS. */
  public NetServerOptions encrypt(NetServerOptions options) {
    Material current = material;
    if (current != null) {
      encrypt(options, current);
    }
    return options;
  }

  private static void encrypt(NetServerOptions options, Material current) {
    options.setSsl(true).setKeyCertOptions(current.pair());
    if (current.authority() != null) {
      options.setTrustOptions(current.authority()).setClientAuth(ClientAuth.REQUIRED);
    }
  }

  /** From now on an open port gets what changes. */
  public HttpServer renew(HttpServer server) {
    renew(read -> server.updateSSLOptions(read.options(true), true));
    return server;
  }

  /** From now on an open port gets what changes. */
  public NetServer renew(NetServer server) {
    renew(read -> server.updateSSLOptions(read.options(false), true));
    return server;
  }

  /** A port that was opened while the files changed may show either. */
  private void renew(Function<Material, Future<Boolean>> update) {
    Material current = material;
    if (current != null) {
      ports.add(new Port(update, current.reading() == 1 ? 1 : 0));
    }
  }

  /** Looks at the files once, besides the looks that come by themselves. */
  public void look() {
    watch.look();
  }

  private Material material(List<byte[]> files) throws GeneralSecurityException {
    Material before = material;
    int reading = before == null ? 1 : before.reading() + 1;
    var pair = new PemKeyCertOptions()
        .addCertValue(Buffer.buffer(files.get(0)))
        .addKeyValue(Buffer.buffer(files.get(1)));
    X509Certificate certificate = belongingTogether(pair);
    if (tls.ca() == null) {
      return new Material(reading, pair, null, certificate);
    }
    var authority = new PemTrustOptions().addCertValue(Buffer.buffer(files.get(2)));
    try {
      authority.getTrustManagerFactory(vertx);
    } catch (Exception e) {
      throw new GeneralSecurityException("%s: %s".formatted(tls.ca(), e.getMessage()), e);
    }
    return new Material(reading, pair, authority, certificate);
  }

  /** The certificate of a pair, if its key can sign for it. */
  private X509Certificate belongingTogether(PemKeyCertOptions pair)
      throws GeneralSecurityException {
    KeyManager[] managers;
    try {
      managers = pair.getKeyManagerFactory(vertx).getKeyManagers();
    } catch (Exception e) { // whatever a parser of PEM meets
      throw new GeneralSecurityException(
          "%s and %s: %s".formatted(tls.certificate(), tls.key(), e.getMessage()), e);
    }
    for (KeyManager manager : managers) {
      if (manager instanceof X509KeyManager keys) {
        for (String algorithm : List.of("RSA", "EC", "EdDSA", "DSA")) {
          for (String alias : aliases(keys, algorithm)) {
            X509Certificate certificate = keys.getCertificateChain(alias)[0];
            requireSigns(keys.getPrivateKey(alias), certificate);
            return certificate;
          }
        }
      }
    }
    throw new GeneralSecurityException(
        "%s holds no certificate that a server can use".formatted(tls.certificate()));
  }

  private static List<String> aliases(X509KeyManager keys, String algorithm) {
    String[] aliases = keys.getServerAliases(algorithm, null);
    return aliases == null ? List.of() : List.of(aliases);
  }

  private void requireSigns(PrivateKey key, X509Certificate certificate)
      throws GeneralSecurityException {
    String algorithm = switch (certificate.getPublicKey().getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      case String other -> other;
    };
    boolean signs;
    try {
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update(PROOF);
      byte[] signature = signer.sign();
      signer.initVerify(certificate.getPublicKey());
      signer.update(PROOF);
      signs = signer.verify(signature);
    } catch (GeneralSecurityException _) {
      signs = false; // a key of another kind
    }
    if (!signs) {
      throw new GeneralSecurityException("the key in %s is not that of the certificate in %s"
          .formatted(tls.key(), tls.certificate()));
    }
  }

  private final class Reload implements FileWatch.Reader {
    @Override
    public void changed(List<byte[]> contents) {
      try {
        material = material(contents);
      } catch (GeneralSecurityException e) {
        refused(String.valueOf(e.getMessage()));
      }
    }

    @Override
    public void unreadable(IOException cause) {
      refused(cause.toString());
    }

    @Override
    public void looked() {
      Material newest = material;
      if (newest == null) {
        return;
      }
      update(newest);
      if (newest.reading() != everywhere && behind(newest).isEmpty()) {
        everywhere = newest.reading();
        metrics.read(section, newest.certificate());
        log.info(
            "certificate read again section={} subject={} expires={}",
            section,
            newest.certificate().getSubjectX500Principal(),
            newest.certificate().getNotAfter().toInstant());
      }
    }

    private List<Port> behind(Material newest) {
      return ports.stream().filter(port -> port.shown != newest.reading()).toList();
    }

    private void update(Material newest) {
      List<Port> behind = behind(newest);
      if (behind.isEmpty()) {
        return;
      }
      Map<Port, Future<Boolean>> updates = new LinkedHashMap<>();
      for (Port port : behind) {
        // in a composition what is thrown becomes a failure, and the other ports get theirs
        updates.put(port, Future.succeededFuture().compose(_ -> port.update.apply(newest)));
      }
      String why = failure(List.copyOf(updates.values()));
      updates.forEach(
          (port, update) -> port.shown = update.succeeded() ? newest.reading() : port.shown);
      int left = behind(newest).size();
      if (left > 0) {
        metrics.refused(section);
        log.error(
            "{}.tls: {} of {} listeners still show the certificate before, tried again in {} s: {}",
            section,
            left,
            ports.size(),
            INTERVAL.toSeconds(),
            why);
      }
    }

    /** Waits for all of them; empty if none fails. */
    private String failure(List<Future<Boolean>> updates) {
      try {
        Future.join(updates)
            .toCompletionStage()
            .toCompletableFuture()
            .get(UPDATE_SECONDS_MAX, TimeUnit.SECONDS);
        return "";
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return "the service stops";
      } catch (ExecutionException e) {
        return String.valueOf(e.getMessage());
      } catch (TimeoutException _) {
        return "not done after %d s".formatted(UPDATE_SECONDS_MAX);
      }
    }

    private void refused(String why) {
      metrics.refused(section);
      log.error("{}.tls: what changed is refused, what was there holds: {}", section, why);
    }
  }
}
