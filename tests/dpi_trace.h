// Reference traces of DYNAP-SE2 (Rockpool's DynapSim): NAME.json, NAME.events.csv, NAME.csv.
#ifndef TESTS_DPI_TRACE_H
#define TESTS_DPI_TRACE_H
