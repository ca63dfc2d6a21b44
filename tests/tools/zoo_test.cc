// reel-zoo from outside: what it prints, what it keeps, and how it complains.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "models/trace_json.h"
#include "reel/graph/graph.h"
#include "reel/version.h"
#include "tools/zoo_data.h"
#include "tools/zoo_program.h"

namespace reel {
namespace {

using Catch::Contains;
using Catch::StartsWith;
using nlohmann::json;
using testing::Ran;
using testing::reviews_file;
using testing::some_rows;
using testing::ZooFolder;

TEST_CASE("reel-zoo presents itself", "[zoo]") {
  const ZooFolder folder;
  const Ran help = folder.run("--help"), list = folder.run("list");
  CHECK(help.code == 0);
  CHECK(list.code == 0);
  for (const char* command :
       {"list", "train [MODEL]", "predict FILE", "summary MODEL", "graph MODEL", "bench [MODEL]", "profile MODEL"}) {
    CHECK_THAT(help.out, Contains(command));
  }
  const Ran which = folder.run("--version");
  CHECK(which.code == 0);
  CHECK(which.out == "reel-zoo " REEL_VERSION "\n");
  CHECK_THAT(help.out, Contains("--version"));
  CHECK_THAT(help.out, Contains("Exit code: 0, or 2") && Contains("130"));
  CHECK_THAT(folder.run("train --help").out, Contains("exit code 130"));
  for (const char* model : {"simple_rnn", "lstm", "gru", "autoencoder", "autoencoder_images"}) {
    CHECK_THAT(list.out, Contains(model));
  }
  for (const char* command : {"list", "train", "predict", "summary", "graph", "bench", "profile"}) {
    const Ran own = folder.run(std::string(command) + " --help");
    CHECK(own.code == 0);
    CHECK_THAT(own.out, StartsWith(std::string("reel-zoo ") + command));
  }
  const Ran summary = folder.run("summary simple_rnn");
  CHECK(summary.code == 0);
  CHECK_THAT(summary.out, Contains("(None, 500, 32)") && Contains("Total params: 180,737 (706.00 KB)"));
  CHECK_THAT(folder.run("summary lstm").out, Contains("LSTM") && Contains("82,432"));
  CHECK_THAT(folder.run("summary gru").out, Contains("GRU") && Contains("62,208"));
}

TEST_CASE("reel-zoo explains what it cannot understand", "[zoo]") {
  const ZooFolder folder;
  CHECK_THAT(folder.complaint(""), StartsWith("no command given"));
  CHECK(folder.complaint("trian simple_rnn") == "there is no command \"trian\", did you mean \"train\"?");
  CHECK_THAT(folder.complaint("fly"), StartsWith("there is no command \"fly\";"));
  CHECK(folder.complaint("train simple_rn") == "there is no model \"simple_rn\", did you mean \"simple_rnn\"?");
  CHECK_THAT(folder.complaint("train"), StartsWith("train: MODEL is missing"));
  CHECK(folder.complaint("train simple_rnn twice") == "train: unexpected \"twice\"");
  CHECK(folder.complaint("train simple_rnn --epoch 1") ==
        "train: there is no option \"--epoch\", did you mean \"--epochs\"?");
  CHECK(folder.complaint("train simple_rnn -- --epochs 1") ==
        "train: unexpected \"--epochs\": what follows \"--\" is no option");
  CHECK(folder.complaint("train simple_rnn --epochs") == "train: --epochs needs a value");
  CHECK_THAT(folder.complaint("train simple_rnn --save --json -"), StartsWith("train: --save needs a value"));
  CHECK(folder.complaint("train simple_rnn --seed 1 --seed 2") == "train: --seed is given twice");
  CHECK(folder.complaint("graph simple_rnn --forward=1 --dot -") == "graph: --forward takes no value");
  for (const char* option : {"threads", "rows", "epochs", "batch-size"}) {
    for (const char* value : {"0", "-1", "1.5", "x", "''", "99999999999999999999"}) {
      CHECK_THAT(folder.complaint(fmt::format("train simple_rnn --{} {}", option, value)),
                 StartsWith(fmt::format("train: --{} takes a whole number from 1 to", option)));
    }
  }
  for (const char* command : {"bench", "profile"}) {
    CHECK_THAT(folder.complaint(fmt::format("{} simple_rnn --batch-size 0", command)),
               StartsWith(fmt::format("{}: --batch-size takes a whole number from 1 to", command)));
  }
  CHECK(folder.complaint("bench simple_rnn --cores=") == "bench: --cores needs a value");
  for (const char* cores : {"0", "1,", ",2", "1,,2", "1;2", "1, 2", "two", "-1", "1025", "99999999999999999999"}) {
    CHECK_THAT(folder.complaint(fmt::format("bench simple_rnn --cores={}", testing::quoted(cores))),
               StartsWith("bench: --cores takes whole numbers from 1 to 1024 with commas between"));
  }
  CHECK_THAT(folder.complaint("train simple_rnn --png x.png"), Contains("is for autoencoders"));
  CHECK_THAT(folder.complaint("train simple_rnn --save -"), Contains("takes the name of a file"));
  CHECK_THAT(folder.complaint("graph simple_rnn"), Contains("say where to"));
  CHECK(folder.complaint("graph autoencoder --steps 3 --dot -") ==
        "graph: --steps is for models that read sequences, autoencoder reads rows");
  for (const char* command : {"train", "bench", "profile", "graph --text -"}) {
    CHECK(folder.complaint(fmt::format("{} simple_rnn --without hosit", command)) ==
          "--without: there is no pass \"hosit\", did you mean \"hoist\"?");
  }
  CHECK_THAT(folder.complaint("train simple_rnn --without fold,"),
             Contains("no pass \"\", only hoist, share_prefixes"));
  CHECK(folder.complaint("train simple_rnn --remat often") ==
        "train: --remat takes a whole number from 1 to 1000000000, got \"often\"; \"auto\" chooses one");
  CHECK_THAT(folder.complaint("train simple_rnn --without"), Contains("--without needs a value"));
  CHECK_THAT(folder.complaint("train simple_rnn --trace -"), Contains("takes the name of a file"));
  CHECK_THAT(folder.complaint("train simple_rnn --trace no/t.json"), StartsWith("--trace no/t.json: cannot"));
}

TEST_CASE("reel-zoo refuses files before it works, and writes over nothing", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "text.txt", "no model");
  testing::write_text(folder / "rows.csv", "1,2\n3\n");
  CHECK_THAT(folder.complaint("train simple_rnn --save missing/w.npz"), StartsWith("--save missing/w.npz: cannot"));
  CHECK_THAT(folder.complaint("train simple_rnn --json ."), Contains("is a folder"));
  CHECK_THAT(folder.complaint("train autoencoder --data rows.csv --png no/x.png"),
             StartsWith("--png no/x.png: cannot"));
  CHECK_THAT(folder.complaint("train simple_rnn --data missing"), StartsWith("missing: no such file"));
  CHECK_THAT(folder.complaint("train simple_rnn --data ."), Contains("holds no imdb.npz"));
  CHECK_THAT(folder.complaint("train simple_rnn --data /dev/null"),
             StartsWith("/dev/null: expected a file, got a device"));
  {
    const testing::ScopedVariable wrong("REEL_DATA", folder / "nowhere");
    CHECK_THAT(folder.complaint("train simple_rnn --rows 1"), StartsWith("REEL_DATA: ") && Contains("no such file"));
  }
  CHECK_THAT(folder.complaint("train simple_rnn --data text.txt --save text.txt"),
             StartsWith("text.txt: expected a ZIP archive, got what looks like text"));
  CHECK_THAT(folder.complaint("train autoencoder --data rows.csv --save text.txt"), StartsWith("rows.csv: line 2"));
  CHECK_THAT(folder.complaint("train autoencoder --data text.txt"), Contains("got what looks like text"));
  CHECK_THAT(folder.complaint("predict missing.npz --text a"), StartsWith("missing.npz: cannot open"));
  CHECK_THAT(folder.complaint("predict text.txt --text a"),
             StartsWith("text.txt: expected a ZIP archive, got what looks like text"));
  CHECK_THAT(folder.complaint("predict text.txt --text ''"), Contains("--text is empty"));
  CHECK_THAT(folder.complaint("predict text.txt"), Contains("--text or --data is missing"));
  for (const char* command :
       {"list", "train simple_rnn --rows 20 --epochs 1", "profile simple_rnn", "bench simple_rnn"}) {
    CHECK(folder.complaint(std::string(command) + " >/dev/full") ==
          "standard output: cannot write: No space left on device");
  }
  CHECK(folder.run("fly 2>/dev/full").code == 2);
  CHECK(testing::read_text(folder / "text.txt") == "no model");
}

TEST_CASE("reel-zoo refuses hostile reviews", "[zoo]") {
  const ZooFolder folder;
  const std::vector<std::vector<int32_t>> few(3, {1, 2}), enough(12, {1, 2, 300});
  const std::string good = reviews_file(enough, 1);
  const auto complaint = [&](const std::string& file) {
    testing::write_text(folder / "imdb.npz", file);
    return folder.complaint("train simple_rnn --data imdb.npz --epochs 1 --save w.npz");
  };
  CHECK_THAT(complaint(good.substr(0, good.size() / 2)), StartsWith("imdb.npz: not a ZIP archive"));
  CHECK_THAT(complaint(reviews_file(few, 1)), Contains("expected more than 10 training reviews"));
  CHECK_THAT(complaint(reviews_file(enough, 7)), Contains("expected labels 0 and 1"));
  std::string evil = good;
  const size_t at = evil.find("cnumpy.core.multiarray");
  REQUIRE(at != evil.npos);
  evil.replace(at, 22, "cposix\nsystem\n.........");
  CHECK_THAT(complaint(evil), StartsWith("imdb.npz: "));
  CHECK_FALSE(std::filesystem::exists(folder / "w.npz"));
  // The file that all of these are variations of does train.
  testing::write_text(folder / "imdb.npz", good);
  CHECK(folder.run("train simple_rnn --data imdb.npz --epochs 1").code == 0);
}

TEST_CASE("training tells its figures, and the same weights come from any number of threads", "[zoo]") {
  const ZooFolder folder;
  std::string sha256;
  for (const int threads : {1, 2, 5}) {
    const Ran ran = folder.run(fmt::format("train simple_rnn --rows 200 --epochs 1 --threads {} --json -", threads));
    REQUIRE(ran.code == 0);
    const json figures = json::parse(ran.out);
    CHECK(figures.at("model") == "simple_rnn");
    CHECK(figures.at("parameters") == 180737);
    CHECK(figures.at("threads") == threads);
    CHECK(figures.at("seed") == 0);
    REQUIRE(figures.at("epochs").size() == 1);
    for (const char* key : {"loss", "accuracy", "val_loss", "val_accuracy", "seconds"}) {
      CHECK(figures.at("epochs")[0].at(key).is_number());
    }
    CHECK_THAT(ran.err, Contains("BUILT-IN CORPUS") && Contains("of 10 right"));
    if (sha256.empty()) sha256 = figures.at("weights_sha256");
    CHECK(figures.at("weights_sha256") == sha256);
  }
  CHECK(sha256.size() == 64);
}

TEST_CASE("autoencoders take rows of one's own", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "rows.csv", some_rows());
  const Ran ran = folder.run("train autoencoder --data rows.csv --encoding-size 3 --epochs 2 --save w.npz --png x.png");
  CHECK(ran.code == 0);
  CHECK_THAT(ran.out, Contains("26 rows of 4 to train on, 4 to validate on, 10 held out"));
  CHECK_THAT(testing::read_text(folder / "x.png"), StartsWith("\x89PNG"));
  CHECK_THAT(folder.complaint("predict w.npz --text a"), Contains("autoencoder, which reads no text"));
  CHECK(folder.run("train autoencoder_images --data rows.csv --epochs 1").code == 0);
  testing::write_text(folder / "large.csv", "1,2,3\n4,5,6\n");
  CHECK_THAT(folder.complaint("train autoencoder_images --data large.csv"), Contains("numbers from 0 to 1, got 2"));
  CHECK_THAT(folder.complaint("train autoencoder --data large.csv --png x.png"), Contains("are no pictures"));
}

TEST_CASE("when numbers overflow, the last good weights are kept", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "huge.csv", "1e30,2e30,1\n3,-1e30,2\n");
  CHECK_THAT(folder.complaint("train autoencoder --data huge.csv --epochs 9 --save w.npz --json f.json"),
             Contains("square") && Contains("the last good weights are in w.npz"));
  CHECK(std::filesystem::exists(folder / "w.npz"));
  CHECK_FALSE(std::filesystem::exists(folder / "f.json"));
}

TEST_CASE("traces are whole, whatever ends training", "[zoo]") {
  const ZooFolder folder;
  const auto trace = [&](const std::string& name) { return json::parse(testing::read_text(folder / name)); };
  testing::write_text(folder / "rows.csv", some_rows());
  const Ran good = folder.run("train autoencoder --data rows.csv --epochs 3 --trace good.json");
  CHECK(good.code == 0);
  CHECK_THAT(good.out,
             Contains("Trace: good.json, open it at https://ui.perfetto.dev. Runs with tiles and ops: train: 2"));
  testing::check_nesting(trace("good.json"));
  CHECK(testing::count_events(trace("good.json"), "name", "load data") == 1);
  CHECK(testing::count_events(trace("good.json"), "name", "evaluate") > 0);

  testing::write_text(folder / "huge.csv", "1e30,2e30,1\n3,-1e30,2\n");
  CHECK_THAT(folder.complaint("train autoencoder --data huge.csv --trace bad.json"), Contains("square"));
  testing::check_nesting(trace("bad.json"));
}

TEST_CASE("profiles, and any pass left out", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "rows.csv", some_rows());
  const Ran table = folder.run("profile autoencoder --data rows.csv --threads 1 --steps 3 --trace t.json");
  CHECK(table.code == 0);
  for (const char* part : {"matmul", "GFLOP/s", "in ops", "waiting for", "1 thread x", "make train", "hoist"}) {
    CHECK_THAT(table.out, Contains(part));
  }
  testing::check_nesting(json::parse(testing::read_text(folder / "t.json")));

  std::string every;
  for (const PassName& pass : kPasses) every += (every.empty() ? "" : ",") + std::string(pass.name);
  const Ran ran = folder.run("profile autoencoder --data rows.csv --steps 2 --json - --without " + every);
  REQUIRE(ran.code == 0);
  const json figures = json::parse(ran.out);
  CHECK(figures.at("without").size() == std::size(kPasses));
  CHECK(figures.at("peak_gflops").get<double>() > 0);
  CHECK(figures.at("step_ms").get<double>() > 0);
  CHECK(figures.at("profile").at("ops").size() > 3);
  for (const json& making : figures.at("making")) {
    for (const PassName& pass : kPasses) CHECK(making.at("name") != pass.name);
  }
  CHECK(folder.run("train autoencoder --data rows.csv --epochs 1 --without hoist --without fold,prepack").code == 0);
}

TEST_CASE("an op's share of the peak is that of a thread's", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "rows.csv", some_rows());
  const Ran table = folder.run("profile autoencoder --data rows.csv --threads 2 --steps 3");
  REQUIRE(table.code == 0);
  std::smatch peak;
  REQUIRE(std::regex_search(table.out, peak, std::regex("Peak, f32: (\\d+\\.\\d) GFLOP/s, (\\d+\\.\\d) a thread")));
  CHECK(std::stod(peak[1]) == Approx(2 * std::stod(peak[2])).margin(0.11));
  const std::regex line("(\\d+\\.\\d) +(\\d+\\.\\d) %\n");  // GFLOP/s, and what that is of the peak
  int lines = 0;
  for (std::sregex_iterator it(table.out.begin(), table.out.end(), line), end; it != end; ++it, ++lines) {
    const double share = 100 * std::stod((*it)[1]) / std::stod(peak[2]);
    CHECK(std::stod((*it)[2]) == Approx(share).epsilon(0.02).margin(0.06 + 6 / std::stod(peak[2])));
  }
  CHECK(lines > 2);
}

TEST_CASE("graphs and timings", "[zoo]") {
  const ZooFolder folder;
  const Ran dot = folder.run("graph simple_rnn --steps 2 --dot -"), text = folder.run("graph autoencoder --text -");
  CHECK(dot.code == 0);
  CHECK_THAT(dot.out, StartsWith("digraph reel {") && Contains("tanh"));
  CHECK_THAT(text.out, Contains("= matmul("));
  const Ran compiled = folder.run("graph autoencoder --compiled --text -"),
            plain = folder.run("graph autoencoder --compiled --without prepack --text -");
  CHECK_THAT(compiled.out, Contains("matmul_packed("));
  CHECK(plain.out != compiled.out);
  testing::write_text(folder / "rows.csv", some_rows());
  const Ran bench =
      folder.run("bench autoencoder --data rows.csv --threads 1 --json - --without fold --trace b.json --remat auto");
  REQUIRE(bench.code == 0);
  const json figures = json::parse(bench.out);
  for (const char* key : {"train_ms", "forward_ms", "one_row_ms", "first_step_ms", "peak_rss_mb", "arena_mb"}) {
    CHECK(figures.at(key).get<double>() > 0);
  }
  CHECK(figures.at("remat_every") == "auto");
  CHECK_FALSE(figures.contains("cores"));
  for (const auto& [option, expected] : {std::pair("auto", json("auto")), std::pair("7", json(7))}) {
    const Ran ran = folder.run(fmt::format("train autoencoder --data rows.csv --epochs 1 --json - --remat {}", option));
    REQUIRE(ran.code == 0);
    CHECK(json::parse(ran.out).at("remat_every") == expected);
  }
}

TEST_CASE("bench simulates machines with more cores", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "rows.csv", some_rows());
  const Ran bench =
      folder.run("bench autoencoder --data rows.csv --threads 1 --batch-size 16 --cores 8,1,2 --json f.json");
  REQUIRE(bench.code == 0);
  CHECK_THAT(bench.out, Contains("batches of 16") && Contains("efficiency") && Contains("GB/s"));
  const json figures = json::parse(testing::read_text(folder / "f.json"));
  CHECK(figures.at("batch_size") == 16);
  CHECK(figures.at("threads") == 1);
  const json& cores = figures.at("cores");
  REQUIRE(cores.size() == 3);
  for (size_t i = 0; i < cores.size(); ++i) {
    CHECK(cores[i].size() == 3);
    CHECK(cores[i].at("cores") == std::vector{8, 1, 2}[i]);
    CHECK(cores[i].at("step_ms").get<double>() > 0);
  }
  // All are held against one time of one core, the best there is.
  const auto best_ms = [](const json& entry) {
    return entry.at("efficiency").get<double>() * entry.at("cores").get<double>() * entry.at("step_ms").get<double>();
  };
  for (const json& entry : cores) CHECK(best_ms(entry) == Approx(best_ms(cores[0])));
  CHECK(best_ms(cores[1]) <= cores[1].at("step_ms").get<double>() * (1 + 1e-9));
}

}  // namespace
}  // namespace reel
