/*
 * tables.h - every port's kinds, joined from all folders into the one house that main hands out.
 */
#ifndef CLI_TABLES_H
#define CLI_TABLES_H

struct house;

const struct house *tables_house(void); /* constant; any thread */

#endif
