package dev.seamark.clickhouse;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.DataStreamWriter;
import com.clickhouse.client.api.command.CommandSettings;
import com.clickhouse.client.api.insert.InsertResponse;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.client.api.query.QueryResponse;
import com.clickhouse.client.api.query.QuerySettings;
import com.clickhouse.data.ClickHouseFormat;
import dev.seamark.block.Block;
import dev.seamark.block.LongColumn;
import dev.seamark.block.MalformedBlock;
import dev.seamark.service.Tls;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One address of a {@link ClickHouse}: a request is sent there, once. Thread-safe.
 *
 * <p>Inserts go through client-v2 as they are, streamed in chunks. Measured, 24 MiB bodies to a
 * server on loopback in the same JVM: client-v2 18 to 29 ms a body, java.net.http.HttpClient 26 to
 * 36 ms.
 */
final class Server implements AutoCloseable {
  private static final long CLOCK_AGE_MAX_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long CLOCK_ERROR_MAX_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int CLOCK_ATTEMPTS = 3;

  private final URI address;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final int answerBytesMax;
  private final Client client;
  private volatile @Nullable Reading reading;

  Server(ClickHouseConfig config, URI address, InstantSource clock, LongSupplier nanos) {
    this.address = address;
    this.clock = clock;
    this.nanos = nanos;
    this.answerBytesMax = config.answerBytesMax();
    this.client = client(config, address);
  }

  private static Client client(ClickHouseConfig config, URI address) {
    Client.Builder client = new Client.Builder()
        .addEndpoint(address.toString())
        .setUsername(config.user())
        .setPassword(config.password().reveal())
        .setDefaultDatabase(config.database())
        .setConnectTimeout(config.connectTimeout().toMillis(), ChronoUnit.MILLIS)
        .setSocketTimeout(config.answerTimeout().toMillis(), ChronoUnit.MILLIS)
        .setConnectionRequestTimeout(config.answerTimeout().toMillis(), ChronoUnit.MILLIS)
        .setMaxConnections(config.connections())
        .setMaxRetries(0)
        .setClientNetworkBufferSize(1 << 20)
        .compressServerResponse(config.compress())
        .compressClientRequest(config.compress())
        .setClientName("seamark");
    Tls tls = config.tls();
    if (tls.ca() != null) {
      client.setRootCertificate(tls.ca().toString());
    }
    if (tls.certificate() != null && tls.key() != null) {
      client.setClientCertificate(tls.certificate().toString());
      client.setClientKey(tls.key().toString());
    }
    return client.build();
  }

  URI address() {
    return address;
  }

  void execute(String database, String sql, Map<String, ?> params, Map<String, String> settings) {
    CommandSettings with = new CommandSettings();
    with.setDatabase(database);
    settings.forEach(with::serverSetting);
    try {
      wait(client.execute(sql, values(params), with)).close();
    } catch (Exception e) {
      throw ClickHouseException.of(address, e);
    }
  }

  @SuppressWarnings("try") // closing may be interrupted, and of() restores the mark
  List<Block> query(
      String database, String sql, Map<String, ?> params, Map<String, String> settings) {
    QuerySettings with = new QuerySettings()
        .setDatabase(database)
        .setFormat(ClickHouseFormat.Native)
        // an error after the first rows becomes an error answer, not a broken block
        .waitEndOfQuery(true);
    settings.forEach(with::serverSetting);
    byte[] answer;
    try (QueryResponse response = wait(client.query(sql, values(params), with));
        InputStream in = response.getInputStream()) {
      answer = in.readNBytes(answerBytesMax + 1);
    } catch (Exception e) {
      throw ClickHouseException.of(address, e);
    }
    if (answer.length > answerBytesMax) {
      throw ClickHouseException.unusable(
          address,
          "it is larger than %d MiB (clickhouse.answer-bytes-max)".formatted(answerBytesMax >> 20),
          null);
    }
    try {
      return Block.decodeAll(answer);
    } catch (MalformedBlock e) {
      throw ClickHouseException.unusable(address, ClickHouseException.reason(e), e);
    }
  }

  long insert(
      String database,
      String table,
      List<String> columns,
      InsertBody body,
      Map<String, String> settings) {
    InsertSettings with = new InsertSettings();
    with.setDatabase(database);
    settings.forEach(with::serverSetting);
    DataStreamWriter writer = body::writeTo;
    List<String> quoted = columns.stream().map(Server::quoted).toList();
    try (InsertResponse response =
        wait(client.insert(table, quoted, writer, ClickHouseFormat.Native, with))) {
      return response.getWrittenRows();
    } catch (Exception e) {
      throw ClickHouseException.of(address, e);
    }
  }

  Instant now() {
    Reading last = reading;
    if (last == null || nanos.getAsLong() - last.atNanos() > CLOCK_AGE_MAX_NANOS) {
      last = readClock();
      reading = last;
    }
    return last.time().plusNanos(nanos.getAsLong() - last.atNanos());
  }

  Duration clockSkew() {
    Instant there = now();
    return Duration.between(clock.instant(), there);
  }

  /**
   * The server read its clock somewhere between question and answer: half way is the best guess.
   */
  private Reading readClock() {
    for (int i = 0; i < CLOCK_ATTEMPTS; i++) {
      long asked = nanos.getAsLong();
      List<Block> answer = query("default", "SELECT now64(9, 'UTC') AS Now", Map.of(), Map.of());
      long error = (nanos.getAsLong() - asked) / 2;
      if (error < CLOCK_ERROR_MAX_NANOS) {
        long time = ((LongColumn) answer.getFirst().column("Now")).get(0);
        return new Reading(Instant.ofEpochSecond(0, time), asked + error);
      }
    }
    throw ClickHouseException.network(
        address, "its clock can't be read to a second, it answers too slowly", null);
  }

  @Override
  public void close() {
    client.close();
  }

  private static Map<String, Object> values(Map<String, ?> params) {
    return new HashMap<>(params);
  }

  private static String quoted(String column) {
    return "`" + column.replace("\\", "\\\\").replace("`", "\\`") + "`";
  }

  private static <T> T wait(Future<T> answer) throws Exception {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /**
   * What the server's clock said, and when by a clock of this process that no administrator sets.
   */
  private record Reading(Instant time, long atNanos) {}
}
