namespace Stories;

/// <summary>The words that the grammar has of each <see cref="WordClass"/>, and those of the beginning that it has not.</summary>
internal sealed class StoryWords
{
    private const int Scenes = 3_000;

    private readonly Dictionary<string, WordClass> _classes = new(StringComparer.Ordinal);

    /// <summary>Collects the words.</summary>
    public StoryWords()
    {
        var random = new StoryRandom(1);
        foreach (Plot plot in StoryGenerator.Plots)
        {
            for (int i = 0; i < Scenes; i++)
            {
                foreach (ISlot slot in SceneOf(plot, random).Slots.Values) Add(slot);
            }
        }

        // The unseen beginning is about "a brave pony".
        string[] prompt = [.. StoryText.WordsOf(StoryPrompts.Unseen)];
        int named = Array.IndexOf(prompt, "named");
        Add(WordClass.Trait, prompt[named - 2]);
        Add(WordClass.Kind, prompt[named - 1]);

        Add(WordClass.He, "he", "she");
        Add(WordClass.Him, "him", "his", "her");
        Add(WordClass.Himself, "himself", "herself");
        Add(WordClass.Son, "son", "daughter");
        Add(WordClass.Hand, "hand", "paw");
        Add(WordClass.Hands, "hands", "paws");
    }

    /// <summary>The class of a word in lower case; null for one that every telling has as it is.</summary>
    public WordClass? ClassOf(string word) => _classes.TryGetValue(word, out WordClass found) ? found : null;

    /// <summary>Every word of a class.</summary>
    public IEnumerable<string> Of(WordClass wordClass) => _classes.Where(item => item.Value == wordClass).Select(item => item.Key);

    /// <summary>Whether a word, in lower case, is of a class.</summary>
    public bool Is(string word, WordClass expected) => ClassOf(word) == expected;

    /// <summary>A scene with everything that a plot needs.</summary>
    public static Scene SceneOf(Plot plot, StoryRandom random)
    {
        var scene = new Scene { Hero = Casting.Hero(random), Place = random.Pick(Place.All) };
        plot.SetScene(scene, random);
        return scene;
    }

    /// <summary>True for a girl's name or word, false for a boy's, null for what says nothing about it.</summary>
    public static bool? IsFemale(string word) => word switch
    {
        "she" or "her" or "herself" or "daughter" or "girl" or "mother" or "grandmother" => true,
        "he" or "him" or "his" or "himself" or "son" or "boy" or "father" or "grandfather" => false,
        _ when Casting.Girls.Contains(word, StringComparer.OrdinalIgnoreCase) => true,
        _ when Casting.Boys.Contains(word, StringComparer.OrdinalIgnoreCase) => false,
        _ => null,
    };

    private void Add(ISlot slot)
    {
        if (slot is Thing thing)
        {
            Add(WordClass.Color, thing.Color);
            Add(WordClass.Thing, thing.Noun);
        }
        else if (slot is Character { IsElder: true } elder)
        {
            Add(WordClass.Elder, elder.Name);
        }
        else if (slot is Character character)
        {
            Add(WordClass.Kind, character.Kind);
            if (!character.IsNamed) return;
            Add(WordClass.Name, character.Name.ToLowerInvariant());
            Add(WordClass.Trait, character.Description[..^(character.Kind.Length + 1)]);
        }
    }

    private void Add(WordClass wordClass, params string[] words)
    {
        foreach (string word in words) _classes[word] = wordClass;
    }
}
