namespace Stories.Tests;

public class StoryTemplateTests
{
    private static readonly Character Lily = new("Lily", true, "old otter", "otter", "paw");

    [Theory]
    [InlineData("{Hero} lost {hero.his} {toy}.", "Lily lost her orange boots.")]
    [InlineData("{Hero.he} saw {hero.a} with {toy.a}.", "She saw an old otter with a pair of orange boots.")]
    [InlineData("{Toy.it} {toy.was} {place.at}. {Hero} saw {toy.them}.", "They were in the park. Lily saw them.")]
    [InlineData("“Help!” she [cried].", "\"Help!\" she cried.")]
    [InlineData("{Nested}", "Her boots")]
    public void Words_agree_with_their_slot(string template, string expected) =>
        Assert.Equal(expected, StoryTemplate.Render(template, SomeScene(), new StoryRandom(1)));

    [Fact]
    public void Every_alternative_is_drawn()
    {
        Scene scene = SomeScene();
        var random = new StoryRandom(1);
        var seen = Enumerable.Range(0, 100).Select(_ => StoryTemplate.Render("[red|{hero.his}]", scene, random));

        Assert.Equal(["her", "red"], seen.Distinct().Order());
    }

    [Theory]
    [InlineData("{friend}", "A template names {friend}, but this scene has only place, hero, toy, nested")]
    [InlineData("{toy.he}", "A template names {toy.he}, but \"he\" is no form of Thing")]
    [InlineData("{hero", "The template '{hero' has an empty or open bracket at 0")]
    [InlineData("a []", "The template 'a []' has an empty or open bracket at 2")]
    public void A_mistake_in_a_template_is_named(string template, string message)
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => StoryTemplate.Render(template, SomeScene(), new StoryRandom(1)));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    private static Scene SomeScene()
    {
        var scene = new Scene
        {
            Place = Place.All.Single(place => place.Name == "the park"),
            Hero = Lily,
            ["toy"] = new Thing("orange", "boots", IsPair: true),
        };
        scene.Say("nested", "{hero.his} boots");
        return scene;
    }
}
