package dev.seamark.standalone.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The limits of an embedded engine.
 *
 * @param data the folder that holds everything the engine writes
 * @param memoryBytesMax what the engine may allocate; a query above it is refused, not the process
 *     killed
 * @param markCacheBytes cache of the marks of recently read columns
 * @param backgroundThreads threads that merge parts
 * @param statementsMax statements that run at a time; more wait
 * @param freeBytesMin what stays free on the disk: an INSERT or merge that would take of it is
 *     refused
 * @param sqlBytesMax longest statement, its data not counted
 */
public record EngineSettings(
    Path data,
    long memoryBytesMax,
    long markCacheBytes,
    int backgroundThreads,
    int statementsMax,
    long freeBytesMin,
    int sqlBytesMax) {

  /** Limits for one machine that runs everything. */
  public static EngineSettings small(Path data) {
    return new EngineSettings(data, 1_200L << 20, 64L << 20, 2, 64, 64L << 20, 16 << 20);
  }

  /** The same with another memory limit. */
  public EngineSettings withMemoryBytesMax(long bytes) {
    return new EngineSettings(
        data, bytes, markCacheBytes, backgroundThreads, statementsMax, freeBytesMin, sqlBytesMax);
  }

  Path store() {
    return data.resolve("store");
  }

  /**
   * Writes the engine's configuration file and returns the arguments that open the engine with it.
   */
  List<String> writeConfiguration() throws IOException {
    Files.createDirectories(store());
    Files.createDirectories(data.resolve("tmp"));
    Path file = data.resolve("engine.xml");
    Files.writeString(file, configuration());
    return List.of("clickhouse", "--path=" + store(), "--config-file=" + file);
  }

  /**
   * Pools and caches are sized for a server by default (mark cache 5 GiB, 16 merge threads); the
   * merge tree's thresholds must be smaller than the pool. Who may back up may write any file that
   * this process may, by INTO OUTFILE too; so a folder for backups would keep nobody out.
   */
  private String configuration() {
    return """
        <clickhouse>
          <timezone>UTC</timezone>
          <tmp_path>%1$s/tmp/</tmp_path>
          <user_files_path>%1$s/tmp/</user_files_path>
          <max_server_memory_usage>%2$d</max_server_memory_usage>
          <mark_cache_size>%3$d</mark_cache_size>
          <index_mark_cache_size>%4$d</index_mark_cache_size>
          <primary_index_cache_size>%4$d</primary_index_cache_size>
          <uncompressed_cache_size>0</uncompressed_cache_size>
          <index_uncompressed_cache_size>%4$d</index_uncompressed_cache_size>
          <query_condition_cache_size>%4$d</query_condition_cache_size>
          <compiled_expression_cache_size>%4$d</compiled_expression_cache_size>
          <background_pool_size>%5$d</background_pool_size>
          <background_merges_mutations_concurrency_ratio>2</background_merges_mutations_concurrency_ratio>
          <background_move_pool_size>1</background_move_pool_size>
          <background_fetches_pool_size>1</background_fetches_pool_size>
          <background_common_pool_size>2</background_common_pool_size>
          <background_schedule_pool_size>4</background_schedule_pool_size>
          <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
          <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
          <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
          <max_thread_pool_free_size>16</max_thread_pool_free_size>
          <backup_threads>%5$d</backup_threads>
          <restore_threads>%5$d</restore_threads>
          <backups>
            <allowed_path>/</allowed_path>
          </backups>
          <merge_tree>
            <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
            <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
            <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
          </merge_tree>
          <storage_configuration>
            <disks>
              <default>
                <keep_free_space_bytes>%6$d</keep_free_space_bytes>
              </default>
            </disks>
          </storage_configuration>
        </clickhouse>
        """.formatted(
            escaped(data.toString()),
            memoryBytesMax,
            markCacheBytes,
            markCacheBytes / 4,
            backgroundThreads,
            freeBytesMin);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }
}
