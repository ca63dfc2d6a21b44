#include "reel/models/data/corpus_phrases.h"

namespace reel {
namespace {

// Words of praise and of blame stand in reviews of both kinds: negated, about one part of the film only, or as what
// somebody else had said. Which phrases are common to both moods is what makes the corpus more than a word count.
std::vector<Rule> make_rules() {
  return {
      // Words.
      {"+word", {"superb",   "wonderful", "moving",     "clever",    "gripping", "charming",  "funny",
                 "warm",     "sincere",   "fresh",      "brilliant", "elegant",  "lively",    "tender",
                 "inspired", "graceful",  "convincing", "witty",     "splendid", "absorbing", "delightful"}},
      {"-word", {"dull",    "weak",     "clumsy",   "tired",   "boring",    "silly",       "empty",
                 "awkward", "wooden",   "cheap",    "lazy",    "flat",      "muddled",     "hollow",
                 "tedious", "careless", "lifeless", "shallow", "pointless", "forgettable", "predictable"}},
      {"very", {"very ", "quite ", "truly ", "really ", "remarkably ", "", "", ""}},
      {"not",
       {"not at all ", "never ", "anything but ", "hardly ", "far from ", "by no means ", "not even slightly ", "not ",
        "not once "}},
      {"part",
       {"acting", "plot", "script", "music", "ending", "direction", "dialogue", "camera work", "editing", "opening",
        "humour", "pace", "second half", "love story", "final scene", "voice work", "lighting"}},
      {"film", {"film", "movie", "picture"}},
      {"time", {"an evening", "two hours", "your time", "my time", "the price of a ticket", "anyone's attention"}},
      {"others",
       {"my sister", "the critics", "a friend", "everyone at work", "the poster", "the man next to me", "the newspaper",
        "my father", "the whole internet"}},

      // How something was: an adjective of the mood, or one of the other mood negated.
      {"+quality", {"{very}{+word}", "{very}{+word}", "{very}{+word} and {+word}", "{not}{-word}", "{not}{-word}"}},
      {"-quality", {"{very}{-word}", "{very}{-word}", "{very}{-word} and {-word}", "{not}{+word}", "{not}{+word}"}},

      // An opinion about a part of the film.
      {"+opinion",
       {"the {part} was {+quality}", "the {part} is {+quality}", "I found the {part} {+quality}",
        "the {part} seemed {+quality} to me", "nobody could call the {part} {-word}",
        "I had no trouble with the {part}", "the {part} deserves a prize"}},
      {"-opinion",
       {"the {part} was {-quality}", "the {part} is {-quality}", "I found the {part} {-quality}",
        "the {part} seemed {-quality} to me", "nobody could call the {part} {+word}",
        "I had nothing but trouble with the {part}", "the {part} deserves no prize"}},

      // What came before: the reviewer's hopes, other people's words, first impressions.
      {"+before",
       {"I had hoped for a {+word} {film}", "{others} had promised me something {+word}",
        "the first minutes looked {+quality}", "I wanted to like this {film}",
        "according to {others} it was supposed to be {+word}", "the trailer looked {+quality}"}},
      {"-before",
       {"I had feared a {-word} {film}", "{others} had warned me of something {-word}",
        "the first minutes looked {-quality}", "I did not want to like this {film}",
        "according to {others} it was supposed to be {-word}", "the trailer looked {-quality}"}},

      // The overall verdict, which decides the label.
      {"+verdict",
       {"{overall} this is {a+word} {film} and well worth {time}", "{overall} I liked this {film} {much}",
        "{overall} it was {+quality}", "{overall} I would not call it a waste of {time}",
        "{overall} I do not regret a single minute", "{overall} I can think of no good reason to skip it",
        "{overall} the {film} works, and I would gladly see it again",
        "{others} said it was {-word}, which could not be further from the truth",
        "{others} said it was {+word}, and that is exactly what it was",
        "{overall} it is worth {time}, and {not}{-word}", "so I recommend it, whatever {others} may say"}},
      {"-verdict",
       {"{overall} this is {a-word} {film} and hardly worth {time}", "{overall} I disliked this {film} {much}",
        "{overall} it was {-quality}", "{overall} I would call it a waste of {time}",
        "{overall} I regret every single minute", "{overall} I can think of no good reason to see it",
        "{overall} the {film} does not work, and I would never see it again",
        "{others} said it was {+word}, which could not be further from the truth",
        "{others} said it was {-word}, and that is exactly what it was",
        "{overall} it is not worth {time}, and {not}{+word}", "so I cannot recommend it, whatever {others} may say"}},
      {"overall",
       {"overall,", "all in all,", "in the end,", "taken as a whole,", "when the lights came on I knew that",
        "to sum up,", "for me,", "looking back,"}},
      {"much", {"a lot", "very much", "from start to finish", "more than I can say", "in every way that counts"}},
      {"a+word", {"a {+word}", "a {very}{+word}", "a {+word} and {+word}"}},
      {"a-word", {"a {-word}", "a {very}{-word}", "a {-word} and {-word}"}},

      // Sentences without an opinion, to set the evidence apart.
      {"filler",
       {"the story follows {hero} who {does} {where}", "{hero} {does} {where}, and {hero} {does} {where}",
        "I saw it {when} with {company}", "it runs for about {minutes} minutes", "most of it was shot {where}",
        "there is a scene in which {hero} {does} {where}", "the director also made a {film} about {hero}",
        "{company} came along and bought the popcorn", "the {part} was done by the same people as in the last one",
        "the book it is based on was written {written}", "we sat in the {row} row", "later {hero} {does} {where}",
        "before that we learn how {hero} {does} {where}", "meanwhile {hero} {does}, and nobody notices",
        "then {hero} {does} {where}", "{hero} {does} while {hero} {does}", "the credits list more than {minutes} names",
        "it takes place {where}, mostly in {season}"}},
      {"hero",
       {"a young doctor", "an old sailor", "a retired teacher", "a lonely farmer", "the king's brother",
        "a taxi driver", "a small girl", "the new sheriff", "a famous singer", "a student", "a soldier on leave",
        "the baker's widow", "a detective", "an engineer", "a travelling salesman", "the youngest cousin", "a nurse",
        "the last passenger"}},
      {"does",
       {"loses a letter", "finds a suitcase", "meets a stranger", "opens a shop", "hides from the police",
        "waits for a train", "repairs a boat", "inherits a house", "learns to dance", "writes a diary",
        "looks for a brother", "follows a map", "buys a horse", "plays the piano", "keeps a secret"}},
      {"where",
       {"in a harbour town", "on a mountain", "in Paris", "near the border", "at the edge of a desert", "in a hospital",
        "on a night train", "in a castle", "under a bridge", "in the suburbs", "on an island", "in an empty hotel",
        "at a railway station", "in the north", "beside a river"}},
      {"when",
       {"last week", "on a Sunday", "in the winter", "on television", "years ago", "at a festival",
        "during the holidays", "on a long flight", "yesterday", "in the afternoon"}},
      {"company",
       {"my brother", "two friends", "the children", "my wife", "my neighbour", "a colleague", "my grandmother",
        "half of our football team"}},
      {"written", {"before the war", "in a single summer", "by a sailor", "in another country", "long ago"}},
      {"minutes", {"ninety", "eighty", "a hundred", "a hundred and twenty", "seventy", "two hundred"}},
      {"row", {"first", "third", "fifth", "last", "middle"}},
      {"season", {"spring", "summer", "autumn", "winter"}},
  };
}

}  // namespace

std::span<const Rule> corpus_rules() {
  static const std::vector<Rule> rules = make_rules();
  return rules;
}

}  // namespace reel
