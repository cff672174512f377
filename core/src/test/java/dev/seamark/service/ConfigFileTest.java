package dev.seamark.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {
  enum Codec {
    NONE,
    ZSTD_1
  }

  record Door(
      @Key(fallback = "4318", min = "0", max = "65535", unit = "port", why = "w")
      int httpPort,

      @Key(fallback = "64MiB", min = "1KiB", max = "1GiB", unit = "bytes", why = "w")
      int bodyBytesMax,

      @Key(fallback = "50ms", min = "1ms", max = "10s", unit = "duration", why = "w")
      Duration linger,

      @Key(fallback = "zstd-1", why = "w") Codec codec,
      @Key(fallback = "false", why = "w") boolean eager,

      @Key(fallback = "0.5", min = "0", max = "1", why = "w")
      double share) {}

  record Login(@Key(why = "w") String user, @Key(why = "w") Secret password) {
    Login {
      if (user.isEmpty()) {
        throw new IllegalArgumentException("user is empty");
      }
    }
  }

  record House(
      Door door,
      @Key(why = "w") @Nullable Login login,
      @Key(fallback = "[http://127.0.0.1:8123]", why = "w") List<URI> addresses,
      @Key(why = "w") @Nullable Path keys,
      @Key(fallback = "1", min = "0", why = "w") double share) {}

  private static final Map<String, String> ENVIRONMENT = Map.of(
      "PASSWORD", "s3cret", "PORT", "4444", "BAD", "x1", "LOGIN", "http://me:s3 cret@house:8123");

  private static House parse(String yaml) {
    return ConfigFile.parse("house.yaml", yaml, House.class, ENVIRONMENT);
  }

  @Test
  void anEmptyFileGivesTheDefaults() {
    House house = parse("# nothing\n");

    assertThat(house)
        .isEqualTo(new House(
            new Door(4318, 64 << 20, Duration.ofMillis(50), Codec.ZSTD_1, false, 0.5),
            null,
            List.of(URI.create("http://127.0.0.1:8123")),
            null,
            1))
        .isEqualTo(ConfigFile.defaults(House.class));
  }

  @Test
  void everyKindOfValueIsRead() {
    House house = parse("""
        door:
          http-port: ${PORT}
          body-bytes-max: 2 MiB
          linger: 2s
          codec: none
          eager: true
          share: 1
        login: {user: me, password: "${PASSWORD}"}
        addresses: ["https://a:8443", "https://b:8443"]
        keys: /etc/keys.yaml
        """);

    assertThat(house)
        .isEqualTo(new House(
            new Door(4444, 2 << 20, Duration.ofSeconds(2), Codec.NONE, true, 1),
            new Login("me", new Secret("s3cret")),
            List.of(URI.create("https://a:8443"), URI.create("https://b:8443")),
            Path.of("/etc/keys.yaml"),
            1));
    assertThat(house.toString()).doesNotContain("s3cret");
  }

  @Test
  void portsMoveTogetherButNotTheOneThatTheSystemChooses(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("house.yaml"), "door: {http-port: 0}");

    assertThat(ConfigFile.defaults(House.class, 1000).door().httpPort()).isEqualTo(5318);
    assertThat(ConfigFile.read(file, House.class, Map.of(), 1000).door().httpPort())
        .isZero();
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigFile.defaults(House.class, 65_000))
        .withMessageContaining("door.http-port 4318 moved by 65000 is no port any more");
  }

  @Test
  void aSectionWithItsKeysCommentedOutHasDefaults() {
    assertThat(parse("door:\n#  http-port: 1\n").door().httpPort()).isEqualTo(4318);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      door:\\n  htp-port: 1             | house.yaml:2: unknown key htp-port in door; the nearest known key is http-port
      dor: {}                           | house.yaml:1: unknown key dor in the file; the nearest known key is door
      xyzzyxyzzy: {}                    | house.yaml:1: unknown key xyzzyxyzzy in the file; known keys are addresses, door, keys, login, share
      door: {}\\ndoor: {}               | house.yaml:2: key door is given twice, first in line 1
      door: 7                           | house.yaml:1: door must be a section of keys
      door:\\n  http-port: many         | house.yaml:2: door.http-port is many, but must be a whole number
      door:\\n  http-port: 99999999999  | house.yaml:2: door.http-port is 99999999999, but must be at most 65535
      door:\\n  http-port: 70000        | house.yaml:2: door.http-port is 70000, but must be at most 65535
      door:\\n  http-port: [1]          | house.yaml:2: door.http-port must be a single value
      door:\\n  http-port:              | house.yaml:2: door.http-port has no value; leave the key out for its default
      door:\\n  body-bytes-max: 64MB    | house.yaml:2: door.body-bytes-max is 64MB, but must be a size such as 512KiB or 64MiB
      door:\\n  body-bytes-max: 2GiB    | house.yaml:2: door.body-bytes-max is 2GiB, but must be at most 1GiB
      door:\\n\\n  linger: 50           | house.yaml:3: door.linger is 50, but must be a duration such as 50ms, 10s or 7d
      door:\\n  linger: 11s             | house.yaml:2: door.linger is 11s, but must be at most 10s
      door:\\n  linger: 0s              | house.yaml:2: door.linger is 0s, but must be at least 1ms
      door:\\n  linger: 999999999999999999d | house.yaml:2: door.linger is 999999999999999999d, but must be a duration such as 50ms, 10s or 7d
      door:\\n  body-bytes-max: 99999999999999TiB | house.yaml:2: door.body-bytes-max is 99999999999999TiB, but must be a size such as 512KiB or 64MiB
      door:\\n  codec: lz4              | house.yaml:2: door.codec is lz4, but must be one of none, zstd-1
      door:\\n  eager: yes              | house.yaml:2: door.eager is yes, but must be true or false
      door:\\n  share: 1.5              | house.yaml:2: door.share is 1.5, but must be at most 1
      share: NaN                        | house.yaml:1: share is NaN, but must be a number
      keys: ~                           | house.yaml:1: keys has no value; leave the key out for its default
      keys: NULL                        | house.yaml:1: keys has no value; leave the key out for its default
      addresses: ["${LOGIN}"]           | house.yaml:1: addresses[0] is ${LOGIN}, but must be an address such as https://host:8443
      door:\\n  http-port: ${NOPE}      | house.yaml:2: door.http-port: environment variable NOPE is not set
      door:\\n  http-port: ${BAD}       | house.yaml:2: door.http-port is ${BAD}, but must be a whole number
      door:\\n  http-port: "${PORT"     | house.yaml:2: door.http-port: ${PORT is no reference like ${NAME}
      login:\\n  user: me               | house.yaml:2: login.password must be given
      \\nlogin: {user: "", password: x} | house.yaml:2: login: user is empty
      addresses: http://a:1             | house.yaml:1: addresses must be a list: [a, b]
      addresses: ["http://a:1", b]      | house.yaml:1: addresses[1] is b, but must be an address such as https://host:8443
      door: {\\n                        | house.yaml:2: not YAML: expected the node content, but found '<stream end>'
      """)
  void mistakesAreRefusedWithTheirLine(String yaml, String message) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> parse(yaml.replace("\\n", "\n")))
        .withMessage(message);
  }

  @Test
  void aFileThatIsNotThereIsNamed(@TempDir Path folder) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigFile.read(folder.resolve("none.yaml"), House.class, Map.of(), 0))
        .withMessageContaining("none.yaml can't be read");
  }

  @Test
  void certificatesWithoutEncryptionAreRefused() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigFile.parse("tls.yaml", "ca: /ca.pem", Tls.class, Map.of()))
        .withMessage("tls.yaml:1: the file: certificates are given, but enabled is false");
  }
}
