/**
 * The embedded ClickHouse: the engine's library in a child process, behind ClickHouse's HTTP
 * interface.
 *
 * <p>{@link dev.seamark.standalone.engine.Engine} is the parent's handle, {@code EngineMain} the
 * child. In the child {@code EngineServer} speaks HTTP and {@code Chdb} calls the library. Product
 * code knows neither: it speaks HTTP to "a ClickHouse".
 */
@NullMarked
package dev.seamark.standalone.engine;

import org.jspecify.annotations.NullMarked;
