package dev.seamark.clickhouse;

import dev.seamark.block.Block;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ClickHouse reached over HTTP: one server, the replicas of a shard or the embedded engine.
 *
 * <p>Requests go to the address that answered last. When it can't be reached or says that it is
 * unavailable, the others are tried in order. A request that may have been carried out already is
 * only repeated where a repeat does no harm: a query, or an insert with a deduplication token.
 *
 * <p>Thread-safe. Calls block until the answer is complete: use virtual threads, or a thread that
 * has nothing else to do. Every call throws {@link ClickHouseException}, which says whether trying
 * again later makes sense; nothing is repeated later by itself.
 */
public final class ClickHouse implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClickHouse.class);

  private final List<Server> servers;
  private final String database;
  private volatile int preferred;

  public ClickHouse(ClickHouseConfig config) {
    this(config, InstantSource.system(), System::nanoTime);
  }

  ClickHouse(ClickHouseConfig config, InstantSource clock, LongSupplier nanos) {
    this(
        config.addresses().stream()
            .map(address -> new Server(config, address, clock, nanos))
            .toList(),
        config.database());
  }

  private ClickHouse(List<Server> servers, String database) {
    this.servers = servers;
    this.database = database;
  }

  /** The database that table names without one belong to. */
  public String database() {
    return database;
  }

  /**
   * The same ClickHouse with another database; shares the connections, and closing either closes
   * both.
   */
  public ClickHouse inDatabase(String other) {
    return new ClickHouse(servers, other);
  }

  /** Runs a statement that has no result. */
  public void execute(String sql) {
    execute(sql, Map.of(), Map.of());
  }

  /**
   * Runs a statement that has no result.
   *
   * @param params values of {@code {name:Type}} in the statement
   * @param settings ClickHouse settings of this statement
   */
  public void execute(String sql, Map<String, ?> params, Map<String, String> settings) {
    ask(false, server -> {
      server.execute(database, sql, params, settings);
      return null;
    });
  }

  /** The result of a query, as the blocks it came in; at least one if it has columns. */
  public List<Block> query(String sql) {
    return query(sql, Map.of(), Map.of());
  }

  /**
   * The result of a query, as the blocks it came in. The statement has no FORMAT clause.
   *
   * @param params values of {@code {name:Type}} in the statement
   * @param settings ClickHouse settings of this query
   */
  public List<Block> query(String sql, Map<String, ?> params, Map<String, String> settings) {
    return ask(true, server -> server.query(database, sql, params, settings));
  }

  /**
   * Inserts Native blocks and returns how many rows the server says it wrote: those of views count
   * too, and so may those that it dropped by their token. Don't reckon with it.
   *
   * @param columns of the blocks; the table's others take their defaults
   * @param settings ClickHouse settings of this insert; one with {@code insert_deduplication_token}
   *     is repeated at the next address after a broken connection, one without is not
   */
  public long insert(
      String table, List<String> columns, InsertBody body, Map<String, String> settings) {
    boolean repeatable = settings.containsKey("insert_deduplication_token");
    return ask(repeatable, server -> server.insert(database, table, columns, body, settings));
  }

  /** Asks the preferred server, else another, for the least there is; throws if none answers. */
  public void ping() {
    query("SELECT 1");
  }

  /**
   * The time by the clock of the server that requests go to now.
   *
   * <p>Asked of the server ({@code now64}) at most every five seconds, and counted on in between by
   * a clock that no administrator sets: right to half the round trip of that question, typically
   * milliseconds, and in any case to a second, or else the question is asked again. So a server
   * that is away is noticed after five seconds.
   */
  public Instant now() {
    return ask(true, Server::now);
  }

  /**
   * How far the server's clock is ahead of this process's; negative if behind. See {@link #now}.
   */
  public Duration clockSkew() {
    return ask(true, Server::clockSkew);
  }

  @Override
  public void close() {
    servers.forEach(Server::close);
  }

  List<Server> servers() {
    return servers;
  }

  private <T extends @Nullable Object> T ask(boolean repeatable, Request<T> request) {
    int first = preferred;
    ClickHouseException failure = null;
    for (int i = 0; i < servers.size(); i++) {
      int index = (first + i) % servers.size();
      Server server = servers.get(index);
      try {
        T answer = request.to(server);
        if (i > 0) {
          preferred = index;
          LOG.warn(
              "ClickHouse {} took over from {}",
              server.address(),
              servers.get(first).address());
        }
        return answer;
      } catch (ClickHouseException e) {
        if (failure != null) {
          e.addSuppressed(failure);
        }
        failure = e;
        boolean elsewhere = e.notCarriedOut() || (repeatable && e.retryable());
        if (!elsewhere) {
          throw e;
        }
      }
    }
    if (failure == null) {
      throw new IllegalStateException("a ClickHouse has at least one server");
    }
    throw failure;
  }

  /** One attempt at one server. */
  @FunctionalInterface
  private interface Request<T extends @Nullable Object> {
    T to(Server server);
  }
}
