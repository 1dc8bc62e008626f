// Included before cosim/dut/dut.cpp or tests/rtl/neurons_dut.cpp in a build with coverage: each
// Verilated network writes its counts before it goes away. Both files are used as they are.
#ifndef TESTS_COVERAGE_COVER_NET_H
#define TESTS_COVERAGE_COVER_NET_H

#include "Vstw_net.h"
#include "verilated.h"
#include "verilated_cov.h"

#include <atomic>
#include <cstdlib>
#include <string>
#include <unistd.h>

class CoverNet : public Vstw_net
{
  public:
    using Vstw_net::Vstw_net;
    ~CoverNet() override
    {
        static std::atomic<int> serial{0};
        const char *folder = std::getenv("COVERAGE_FOLDER");
        // Several shared objects of one process each have a serial: the address tells them apart.
        std::string path = std::string(folder ? folder : ".") + "/" + std::to_string(getpid()) +
                           "-" + std::to_string(reinterpret_cast<uintptr_t>(&serial)) + "-" +
                           std::to_string(serial++) + ".dat";
        contextp()->coveragep()->write(path.c_str());
    }
};
#define Vstw_net CoverNet

#endif
