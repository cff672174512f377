package dev.seamark.service;

/**
 * The line of a file at which a section stands, counted from 1; for messages about what sections
 * say of each other.
 */
public record Line(int number) {}
