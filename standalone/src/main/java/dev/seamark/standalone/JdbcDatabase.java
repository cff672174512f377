package dev.seamark.standalone;

import com.clickhouse.client.api.ClientConfigProperties;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.clickhouse.ClickHouseException;
import dev.seamark.schema.Database;
import dev.seamark.service.Tls;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * A ClickHouse reached through JDBC: the first of its addresses that answers, for as long as it is
 * open. For one thread.
 */
final class JdbcDatabase implements Database, AutoCloseable {
  private final URI address;
  private final Connection connection;

  private JdbcDatabase(URI address, Connection connection) {
    this.address = address;
    this.connection = connection;
  }

  /**
   * Connects; an address that is away or can't serve now is passed over.
   *
   * @throws ClickHouseException if none answers, or one refuses the user
   */
  static JdbcDatabase open(ClickHouseConfig config) {
    Properties properties = properties(config);
    ClickHouseException failure = null;
    for (URI address : config.addresses()) {
      try {
        return open(address, properties);
      } catch (ClickHouseException e) {
        if (failure != null) {
          e.addSuppressed(failure);
        }
        failure = e;
        if (!e.retryable()) {
          throw e;
        }
      }
    }
    if (failure == null) {
      throw new IllegalStateException("a ClickHouse has at least one address");
    }
    throw failure;
  }

  private static JdbcDatabase open(URI address, Properties properties) {
    JdbcDatabase database;
    try {
      database = new JdbcDatabase(address, DriverManager.getConnection(url(address), properties));
    } catch (SQLException e) {
      throw ClickHouseException.of(address, e);
    }
    try {
      database.rows("SELECT '1'"); // the driver alone would connect with the first statement
      return database;
    } catch (ClickHouseException e) {
      database.close();
      throw e;
    }
  }

  /** The database of a connection has to exist, so it isn't the one that migrations make. */
  static String url(URI address) {
    return "jdbc:clickhouse:%s://%s/default".formatted(address.getScheme(), address.getAuthority());
  }

  private static Properties properties(ClickHouseConfig config) {
    Properties properties = new Properties();
    set(properties, ClientConfigProperties.USER, config.user());
    set(properties, ClientConfigProperties.PASSWORD, config.password().reveal());
    set(properties, ClientConfigProperties.CLIENT_NAME, "seamark");
    set(
        properties,
        ClientConfigProperties.CONNECTION_TIMEOUT,
        Long.toString(config.connectTimeout().toMillis()));
    set(
        properties,
        ClientConfigProperties.SOCKET_OPERATION_TIMEOUT,
        Long.toString(config.answerTimeout().toMillis()));
    set(properties, ClientConfigProperties.RETRY_ON_FAILURE, "0");
    set(
        properties,
        ClientConfigProperties.COMPRESS_SERVER_RESPONSE,
        Boolean.toString(config.compress()));
    Tls tls = config.tls();
    if (tls.ca() != null) {
      set(properties, ClientConfigProperties.CA_CERTIFICATE, tls.ca().toString());
    }
    if (tls.certificate() != null && tls.key() != null) {
      set(properties, ClientConfigProperties.SSL_CERTIFICATE, tls.certificate().toString());
      set(properties, ClientConfigProperties.SSL_KEY, tls.key().toString());
    }
    return properties;
  }

  private static void set(Properties properties, ClientConfigProperties key, String value) {
    properties.setProperty(key.getKey(), value);
  }

  @Override
  public void execute(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false); // braces are ClickHouse's own
      statement.execute(sql);
    } catch (SQLException e) {
      throw ClickHouseException.of(address, e);
    }
  }

  @Override
  public List<List<String>> rows(String sql) {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      int columns = answer.getMetaData().getColumnCount();
      List<List<String>> rows = new ArrayList<>();
      while (answer.next()) {
        List<String> row = new ArrayList<>();
        for (int column = 1; column <= columns; column++) {
          row.add(answer.getString(column));
        }
        rows.add(row);
      }
      return rows;
    } catch (SQLException e) {
      throw ClickHouseException.of(address, e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw ClickHouseException.of(address, e);
    }
  }
}
