package dev.seamark.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SQL with the few words in which a single server and a cluster differ.
 *
 * <p>A statement ends with a semicolon at the end of a line that is no comment. The line {@code --!
 * cluster only} or {@code --! single only} before a statement keeps it to that kind. In the text
 * stand:
 *
 * <ul>
 *   <li>{@code ${database}}: the database's name;
 *   <li>{@code ${table x}}: the table that holds rows of x, {@code x_local} in a cluster;
 *   <li>{@code ${distributed x}}: the table through which all shards of x are read;
 *   <li>{@code ${all shards of x}}: its engine;
 *   <li>{@code ${on cluster}}: nothing, or ON CLUSTER;
 *   <li>{@code ${engine MergeTree x}}: that engine, or its Replicated form;
 *   <li>{@code ${expiry day}}: when a row goes, from the day it belongs to and RetentionDays, and
 *       when it moves to the cold volume;
 *   <li>{@code ${deduplication}}: settings that make a table remember insert tokens, and its
 *       storage policy;
 *   <li>{@code ${samples granularity}}: the setting of tables that are read by series;
 *   <li>{@code ${fence}}: the constraint behind {@link Inserts#once};
 *   <li>{@code ${ledger}}, {@code ${ledger engine}}: the table of applied migrations.
 * </ul>
 *
 * Any other word is an error.
 */
record Template(String name, String source) {
  private static final String CONDITION = "--! ";
  private static final Pattern WORD = Pattern.compile("\\$\\{([^}]*)}");
  private static final Pattern TRAILING_SPACE = Pattern.compile("[ \\t]+(?=\\n)");

  private static final String FENCE = """
      -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
          -- refuses itself. Any other comment, or none, passes.
          CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
              <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
                  4294967295,
                  toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))""";

  String sql(SchemaOptions options) {
    StringBuilder sql = new StringBuilder();
    for (String part : parts(options)) {
      if (!sql.isEmpty()) {
        sql.append('\n');
      }
      sql.append(part).append(";\n");
    }
    return sql.toString();
  }

  List<String> statements(SchemaOptions options) {
    return parts(options);
  }

  private List<String> parts(SchemaOptions options) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean wanted = true;
    for (String line : source.lines().toList()) {
      if (line.startsWith(CONDITION)) {
        wanted = holds(line.substring(CONDITION.length()).strip(), options);
        continue;
      }
      boolean comment = line.stripLeading().startsWith("--");
      if (comment || !line.stripTrailing().endsWith(";")) {
        part.append(line).append('\n');
        continue;
      }
      part.append(line, 0, line.lastIndexOf(';'));
      if (wanted) {
        parts.add(render(part.toString(), options));
      }
      part.setLength(0);
      wanted = true;
    }
    if (!part.toString().isBlank()) {
      throw new IllegalArgumentException(name + ": its last statement has no semicolon");
    }
    return List.copyOf(parts);
  }

  private boolean holds(String condition, SchemaOptions options) {
    return switch (condition) {
      case "cluster only" -> options.cluster() != null;
      case "single only" -> options.cluster() == null;
      default -> throw new IllegalArgumentException(name + ": no such condition: " + condition);
    };
  }

  private String render(String text, SchemaOptions options) {
    String rendered = WORD.matcher(text)
        .replaceAll(word -> Matcher.quoteReplacement(word(word.group(1), options)));
    return TRAILING_SPACE.matcher(rendered).replaceAll("").strip();
  }

  private String word(String word, SchemaOptions options) {
    String database = options.database();
    String cluster = options.cluster();
    String[] args = word.split(" ", -1);
    return switch (args[0]) {
      case "database" -> database;
      case "table" -> database + "." + local(args[1], options);
      case "distributed" -> database + "." + args[1];
      case "all" ->
        "Distributed('%s', '%s', '%s')"
            .formatted(cluster, database, local(args[args.length - 1], options));
      case "on" -> cluster == null ? "" : "ON CLUSTER '" + cluster + "'";
      case "engine" -> engine(args[1], args[2], options);
      case "expiry" -> {
        String day = word.substring("expiry ".length());
        yield expiry(day) + move(day, options);
      }
      case "deduplication" -> deduplication(options) + policy(options);
      case "samples" -> "index_granularity = " + options.samplesGranularity();
      case "fence" -> FENCE;
      case "ledger" -> args.length == 1 ? database + "." + Migrations.LEDGER : ledger(options);
      default -> throw new IllegalArgumentException(name + ": no such word: ${" + word + "}");
    };
  }

  /**
   * Days are counted from the end of the row's own: the last row of a day stays as long as it says,
   * the first a day more. Rows stay for ever at 0 days: 6 February 2106 is the last whole day that
   * a DateTime can hold.
   */
  private static String expiry(String day) {
    return "toDate(least(49709, toUInt32(%s) + if(RetentionDays = 0, 49709, RetentionDays + 1)))"
        .formatted(day);
  }

  /** A part moves when all its rows are old enough: a whole day at a time. */
  private static String move(String day, SchemaOptions options) {
    SchemaOptions.Tiers tiers = options.tiers();
    return tiers == null
        ? ""
        : ",\n    %s + %d TO VOLUME '%s'"
            .formatted(day, tiers.hotDays() + 1, SchemaOptions.Tiers.COLD);
  }

  private static String policy(SchemaOptions options) {
    SchemaOptions.Tiers tiers = options.tiers();
    return tiers == null ? "" : ", storage_policy = '%s'".formatted(tiers.policy());
  }

  private static String deduplication(SchemaOptions options) {
    return options.cluster() == null
        ? "non_replicated_deduplication_window = " + options.deduplicationBlocks()
        : "replicated_deduplication_window = %d, replicated_deduplication_window_seconds = %d"
            .formatted(
                options.deduplicationBlocks(), options.deduplicationTime().toSeconds());
  }

  private static String local(String table, SchemaOptions options) {
    return options.cluster() == null ? table : table + "_local";
  }

  /**
   * Replicas meet at a path of shard and name: a server that joins later finds it, unlike a UUID.
   *
   * @param engine its name, with its arguments if it has any
   */
  private static String engine(String engine, String table, SchemaOptions options) {
    if (options.cluster() == null) {
      return engine;
    }
    int arguments = engine.indexOf('(');
    String name = arguments < 0 ? engine : engine.substring(0, arguments);
    String more = arguments < 0 ? "" : ", " + engine.substring(arguments + 1, engine.length() - 1);
    return "Replicated%s('/clickhouse/tables/{shard}/%s/%s', '{replica}'%s)"
        .formatted(name, options.database(), table, more);
  }

  /** One ledger for all shards: a migration runs on all of them. */
  private static String ledger(SchemaOptions options) {
    return options.cluster() == null
        ? "ReplacingMergeTree(AppliedAt)"
        : "ReplicatedReplacingMergeTree('/clickhouse/tables/all/%s/%s', '{shard}-{replica}', AppliedAt)"
            .formatted(options.database(), Migrations.LEDGER);
  }
}
